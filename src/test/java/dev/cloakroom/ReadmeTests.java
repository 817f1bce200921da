package dev.cloakroom;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The documented settings are those of the code; the README's test command is that of CI. */
class ReadmeTests {

  private static final Path METADATA =
      Path.of("target/classes/META-INF/spring-configuration-metadata.json");

  private static final Pattern CHART_FIGURE = Pattern.compile("class=\"value\".*>(.+)</text>");
  private static final Pattern HITS =
      Pattern.compile("(\\d[\\d,]*) hits a second against (\\d[\\d,]*\\d)");

  @Test
  void listsEverySettingWithItsDefaultAndMeaning() throws IOException {
    String table =
        JsonMapper.shared().readTree(METADATA).path("properties").values().stream()
            .sorted(Comparator.comparing(setting -> setting.path("name").asString()))
            .map(ReadmeTests::row)
            .collect(Collectors.joining("\n"));

    assertThat(Files.readString(Path.of("docs/configuration.md")))
        .as("put these rows into docs/configuration.md:\n%s", table)
        .contains(table);
  }

  @Test
  void testsAsContinuousIntegrationDoes() throws IOException {
    String command = Readme.of(Path.of("")).firstBlock().get(1).line();

    assertThat(Files.readAllLines(Path.of(".ci/run")).getLast().strip()).isEqualTo(command);
  }

  @Test
  void quotesTheRunOfItsChart() throws IOException {
    String chart = Files.readString(Path.of("src/bench/hits.svg"));
    List<String> figures =
        CHART_FIGURE.matcher(chart).results().map(figure -> figure.group(1)).toList();
    Matcher hits = HITS.matcher(Readme.of(Path.of("")).text());

    assertThat(hits.find()).isTrue();
    assertThat(figures).contains(hits.group(1), hits.group(2)).hasSize(24);
    assertThat(Files.readString(Path.of("docs/performance.md"))).contains(figures);
  }

  private static String row(JsonNode setting) {
    JsonNode value = setting.path("defaultValue");
    return "| `%s` | %s | %s |"
        .formatted(
            setting.path("name").asString(),
            value.isMissingNode() || value.isContainer() ? "" : "`" + value.asString() + "`",
            setting.path("description").asString());
  }
}
