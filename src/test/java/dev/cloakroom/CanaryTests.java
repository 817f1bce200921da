package dev.cloakroom;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Canary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Runs after all others, and searches what they left. */
class CanaryTests {

  @Test
  void findsTheKeyNowhereInTheLogsAndAnswersOfTheWholeRun() throws IOException {
    List<Path> files = files(".*");

    assertThat(files)
        .extracting(file -> file.getFileName().toString())
        .contains("answers.txt", "spans.txt")
        .anyMatch(name -> name.matches("trace-.*\\.log\\.gz"))
        .anyMatch(name -> name.matches("jar-trace-.*\\.log"))
        .anyMatch(name -> name.matches("jar-.*\\.txt"));
    assertThat(files.stream().flatMap(file -> linesWithKey(file).stream())).isEmpty();
  }

  private static List<String> linesWithKey(Path file) {
    try {
      return Canary.linesWithKey(file).stream().map(line -> file + ": " + line).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }

  private static List<Path> files(String pattern) throws IOException {
    try (Stream<Path> files = Files.walk(Canary.DIRECTORY)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> file.getFileName().toString().matches(pattern))
          .toList();
    }
  }

  @Test
  void searchesWhatTheServiceReallySaid() throws IOException {
    assertThat(Files.readString(Canary.DIRECTORY.resolve("answers.txt")))
        .contains("urn:cloakroom:problem:", "\"status\":\"success\"", "cloakroom_images_total");
    assertThat(Files.readString(Canary.DIRECTORY.resolve("spans.txt")))
        .contains("http get /images/{id}", "cloakroom.poll", "cloakroom.content.fetch");
    for (String logs : List.of("trace-.*", "jar-trace-.*")) {
      for (String words : List.of("ExchangeFunctions", "HttpClientOperations")) {
        assertThat(anyLineHas(words, logs)).as(words + " in " + logs).isTrue();
      }
    }
  }

  private static boolean anyLineHas(String words, String logs) throws IOException {
    for (Path file : files(logs)) {
      if (!Canary.lines(file, line -> line.contains(words)).isEmpty()) {
        return true;
      }
    }
    return false;
  }
}
