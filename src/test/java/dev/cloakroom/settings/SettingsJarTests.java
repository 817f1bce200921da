package dev.cloakroom.settings;

import static dev.cloakroom.testsupport.Canary.KEY;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Canary;
import dev.cloakroom.testsupport.Jar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the packaged jar prints where it cannot start and a key is near the mistake. */
class SettingsJarTests {

  private static final List<String> ALL_LOGS = List.of("--debug", "--logging.level.root=TRACE");

  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "keys: [K | line 4, column 12",
        "keys: \"K | line 5, column 1",
        "keys: @K | line 3, column 11",
        "keys: *K | line 3, column 11",
        "K | line 4, column ",
        "keys: {K: K} | cloakroom.upstream.keys.…",
        "K: K | cloakroom.upstream.…"
      })
  void saysOnlyWhereTheYamlIsWrong(String line, String place) throws Exception {
    Files.writeString(
        directory.resolve("application.yaml"),
        "cloakroom:\n  upstream:\n    %s\n    timeout: 5s\n".formatted(line.replace("K", KEY)));

    assertReports(fileSettings(), Map.of(), "application.yaml", place);
  }

  @Test
  void saysOnlyThatThePropertiesAreWrong() throws Exception {
    Files.writeString(
        directory.resolve("application.properties"), "cloakroom.upstream.keys=" + KEY + "\\u12x\n");

    assertReports(fileSettings(), Map.of(), "application.properties");
  }

  @Test
  void givesPropertiesPrecedenceOverYamlAsBootDoes() throws Exception {
    Files.writeString(
        directory.resolve("application.properties"), "cloakroom.upstream.base-url=nothing");
    Files.writeString(
        directory.resolve("application.yaml"), "cloakroom.upstream.base-url: http://127.0.0.1");

    assertReports(fileSettings(), Map.of("CLOAKROOM_API_KEY", KEY), "base-url is not the");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"cloakroom.upstream.keys\": K} | line 1, column ",
        "{\"cloakroom\": {\"upstream\": {\"keys\": \"K\"} | line 1, column ",
        "K | ''",
        "[\"K\"] | ''"
      })
  void saysOnlyWhereTheJsonIsWrong(String json, String place) throws Exception {
    String withKey = json.replace("K", KEY);
    String name = "SPRING_APPLICATION_JSON";

    assertReports(List.of(), Map.of(name, withKey), name, place);
  }

  @Test
  void saysOnlyWhereTheJsonOfAnArgumentIsWrong() throws Exception {
    assertReports(
        List.of("--spring.application.json={\"cloakroom.upstream.keys\": " + KEY + "}"),
        Map.of(),
        "SPRING_APPLICATION_JSON",
        "line 1, column ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cloakroom.upstream.timeout=K",
        "cloakroom.upstream.max-connections=K",
        "cloakroom.upstream.base-url=K",
        "cloakroom.upstream.id-pattern=[K",
        "cloakroom.cluster.name=K",
        "server.port=K",
        "logging.level.root=K"
      })
  void quotesNoValueOfTheWrongType(String setting) throws Exception {
    String name = setting.substring(0, setting.indexOf('='));

    assertReports(
        List.of("--" + setting.replace("K", KEY)), Map.of("CLOAKROOM_API_KEY", KEY), name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cloakroom.api-key",
        "cloakroom.cahce.ready",
        "cloakroom.uptream.timeout",
        "cloakroom.upstream.key",
        "cloakroom.upstream.api-key",
        "cloakroom.upstream.keys.a"
      })
  void namesUnknownSetting(String name) throws Exception {
    assertReports(List.of("--" + name + "=" + KEY), Map.of("CLOAKROOM_API_KEY", KEY), name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"CLOAKROOM_KEY", "CLOAKROOM_UPTREAM_TIMEOUT", "CLOAKROOM_UPSTREAM_TIEMOUT"})
  void namesUnknownVariable(String name) throws Exception {
    assertReports(List.of(), Map.of(name, KEY), name);
  }

  private List<String> fileSettings() {
    return List.of("--spring.config.additional-location=" + directory + "/");
  }

  /** With all that can be logged, which includes what is printed usually. */
  private static void assertReports(
      List<String> arguments, Map<String, String> environment, String... words) throws Exception {
    Jar jar = runUntilItEnds(Stream.concat(arguments.stream(), ALL_LOGS.stream()), environment);

    assertThat(jar.process().exitValue()).isEqualTo(1);
    assertThat(jar.printed()).contains("APPLICATION FAILED TO START", "Action:").contains(words);
    assertThat(Canary.linesWithKey(jar.output())).isEmpty();
  }

  private static Jar runUntilItEnds(Stream<String> arguments, Map<String, String> environment)
      throws IOException, InterruptedException {
    ProcessBuilder command = Jar.command(arguments.toArray(String[]::new));
    command.environment().putAll(environment);
    Jar jar = Jar.start(command);
    try {
      assertThat(jar.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      jar.process().destroyForcibly();
    }
    return jar;
  }
}
