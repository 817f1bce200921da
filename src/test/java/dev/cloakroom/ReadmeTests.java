package dev.cloakroom;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The documented settings are those of the code; the README's test command is that of CI. */
class ReadmeTests {

  private static final Path METADATA =
      Path.of("target/classes/META-INF/spring-configuration-metadata.json");

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

  private static String row(JsonNode setting) {
    JsonNode value = setting.path("defaultValue");
    return "| `%s` | %s | %s |"
        .formatted(
            setting.path("name").asString(),
            value.isMissingNode() || value.isContainer() ? "" : "`" + value.asString() + "`",
            setting.path("description").asString());
  }
}
