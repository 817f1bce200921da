package dev.cloakroom;

import static org.assertj.core.api.Assertions.assertThat;

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
        .contains("trace.log", "answers.txt", "jar-trace.log")
        .anyMatch(name -> name.matches("jar-.*\\.txt"));
    for (Path file : files) {
      assertNoTraceIn(file);
    }
  }

  @Test
  void searchesWhatTheServiceReallySaid() throws IOException {
    assertThat(Files.readString(Canary.DIRECTORY.resolve("answers.txt")))
        .contains("urn:cloakroom:problem:", "\"status\":\"success\"", "cloakroom_images_total");
    for (String log : List.of("trace.log", "jar-trace.log")) {
      try (Stream<String> lines = Files.lines(Canary.DIRECTORY.resolve(log))) {
        assertThat(lines)
            .as(log)
            .anyMatch(line -> line.contains("TRACE") && line.contains("ExchangeFunctions"));
      }
      try (Stream<String> lines = Files.lines(Canary.DIRECTORY.resolve(log))) {
        assertThat(lines).as(log).anyMatch(line -> line.contains("HttpClientOperations"));
      }
    }
  }

  private static void assertNoTraceIn(Path file) throws IOException {
    try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
      assertThat(lines.filter(line -> Canary.traces().stream().anyMatch(line::contains)))
          .as(file.toString())
          .isEmpty();
    }
  }
}
