package dev.cloakroom;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Canary;
import dev.cloakroom.testsupport.Disguises;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** That the search at the end of the run is not blind. */
class CanarySearchTests {

  private static final String LINE =
      "2026-01-02 03:04:05,678 DEBUG [request-1] a.b.C traceId=3d035b23114fa69f895c2f98099a00ac :"
          + " \"Invalid key\" of 7333637233742d6b3379, YW5vdGhlciBrZXk= and %7B%22key%22%7D";

  @TempDir private Path directory;

  static Stream<String> disguises() {
    return Canary.KEYS.stream().flatMap(key -> Disguises.of(key).values().stream());
  }

  @ParameterizedTest
  @MethodSource("disguises")
  void findsKeyInAnyDisguise(String disguise) throws IOException {
    Path file = directory.resolve("a.log");
    Files.write(file, List.of(LINE, LINE + "[" + disguise + "] " + LINE, LINE));

    assertThat(Canary.linesWithKey(file)).isNotEmpty().doesNotContain(LINE);
  }

  @Test
  void findsKeyInArchive() throws IOException {
    Path file = directory.resolve("a.log.gz");
    try (var archive = new GZIPOutputStream(Files.newOutputStream(file))) {
      archive.write((LINE + "\n" + Canary.KEY).getBytes(StandardCharsets.UTF_8));
    }

    assertThat(Canary.linesWithKey(file)).containsExactly(Canary.KEY);
  }

  @Test
  void findsNothingElse() throws IOException {
    Path file = directory.resolve("a.log");
    Files.write(file, List.of(LINE, Canary.KEY.substring(0, 11), Canary.KEY.substring(11, 22)));

    assertThat(Canary.linesWithKey(file)).isEmpty();
  }

  @Test
  void readsOnBeyondBytesThatAreNoText() throws IOException {
    Path file = directory.resolve("a.log");
    Files.write(file, new byte[] {'a', (byte) 0xFF, (byte) 0xC0, '\n'});
    Files.writeString(file, Canary.KEY, StandardOpenOption.APPEND);

    assertThat(Canary.linesWithKey(file)).containsExactly(Canary.KEY);
  }
}
