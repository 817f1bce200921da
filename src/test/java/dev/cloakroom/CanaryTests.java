package dev.cloakroom;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Canary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Runs after all others, and searches what they left. */
class CanaryTests {

  @Test
  void findsTheKeyNowhereInTheLogsAndAnswersOfTheWholeRun() throws IOException {
    List<Path> files;
    try (Stream<Path> found = Files.walk(Canary.DIRECTORY)) {
      files = found.filter(Files::isRegularFile).toList();
    }

    assertThat(files)
        .extracting(file -> file.getFileName().toString())
        .contains("trace.log", "answers.txt")
        .anyMatch(name -> name.matches("jar-trace-.*\\.log"))
        .anyMatch(name -> name.matches("jar-.*\\.txt"));
    for (Path file : files) {
      assertThat(Canary.linesWithKey(file)).as(file.toString()).isEmpty();
    }
  }

  @Test
  void searchesWhatTheServiceReallySaid() throws IOException {
    assertThat(Files.readString(Canary.DIRECTORY.resolve("answers.txt")))
        .contains("urn:cloakroom:problem:", "\"status\":\"success\"", "cloakroom_images_total");
    for (String logs : List.of("trace\\.log", "jar-trace-.*\\.log")) {
      for (String words : List.of("ExchangeFunctions", "HttpClientOperations")) {
        assertThat(anyLineHas(words, logs)).as(words + " in " + logs).isTrue();
      }
    }
  }

  private static boolean anyLineHas(String words, String logs) throws IOException {
    try (Stream<Path> files = Files.list(Canary.DIRECTORY)) {
      for (Path file : files.filter(f -> f.getFileName().toString().matches(logs)).toList()) {
        try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
          if (lines.anyMatch(line -> line.contains(words))) {
            return true;
          }
        }
      }
    }
    return false;
  }
}
