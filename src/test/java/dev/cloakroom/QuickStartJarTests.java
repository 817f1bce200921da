package dev.cloakroom;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Tool;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's first minute, typed as printed in a fresh clone of the last commit. */
class QuickStartJarTests {

  private static final Pattern STATUS = Pattern.compile("[1-5][0-9]{2}\\b");
  private static final Duration BUILD = Duration.ofMinutes(5);
  private static final byte[] PNG = "\u0089PNG".getBytes(StandardCharsets.ISO_8859_1);

  @TempDir Path directory;

  @Test
  void keepsThePromisesOfItsComments() throws Exception {
    requireFreePort(8080);
    requireFreePort(8081);
    Newcomer newcomer = Newcomer.cloneInto(directory);
    Readme readme = Readme.of(newcomer.project());
    List<String> kept = new ArrayList<>();

    try (var sandbox = newcomer.start(readme.firstBlock().getFirst().line())) {
      sandbox.awaitPrinted("Started CloakroomApplication", BUILD);
      for (Readme.Command command : readme.secondBlock()) {
        String printed = newcomer.type(command.line());
        kept.addAll(promisesKept(command, printed));
      }
    }

    assertThat(kept).contains("status 202", "Retry-After", "status 200", "link", "each change");
    assertThat(Files.readAllBytes(newcomer.project().resolve("picture.png"))).startsWith(PNG);
  }

  private static List<String> promisesKept(Readme.Command command, String printed) {
    List<String> kept = new ArrayList<>();
    Matcher status = STATUS.matcher(command.promise());
    if (status.lookingAt()) {
      assertThat(printed).as(command.line()).contains("HTTP/1.1 " + status.group());
      kept.add("status " + status.group());
    }
    if (command.promise().contains("Retry-After")) {
      assertThat(printed).as(command.line()).containsPattern("Retry-After: [1-9]");
      kept.add("Retry-After");
    }
    if (command.promise().contains("link")) {
      assertThat(printed).as(command.line()).contains("\"output\":[\"https://");
      kept.add("link");
    }
    if (command.promise().contains("each change")) {
      assertThat(printed).as(command.line()).containsSubsequence("\"processing\"", "\"success\"");
      kept.add("each change");
    }
    return kept;
  }

  private static void requireFreePort(int port) {
    try (var _ = new ServerSocket(port)) {
      // Nothing is wrong.
    } catch (IOException e) {
      throw Tool.missing("the README's first commands: port " + port + " is taken");
    }
  }
}
