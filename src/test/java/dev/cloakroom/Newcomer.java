package dev.cloakroom;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** Someone who types commands in a fresh clone, in a shell with nothing set but PATH and HOME. */
record Newcomer(Path project) {

  /** A command under way, and the file of what it prints. */
  record Running(Process process, Path output) implements AutoCloseable {

    String printed() throws IOException {
      return Files.readString(output);
    }

    /** Waits until the text is printed, unless the command ends before. */
    void awaitPrinted(String words, Duration limit) {
      Awaitility.await()
          .atMost(limit)
          .failFast(() -> assertThat(process.isAlive()).as("it ended: %s", printed()).isTrue())
          .until(() -> printed().contains(words));
    }

    /** Ends the command with all that it started. */
    @Override
    public void close() {
      var all = Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
      all.forEach(ProcessHandle::destroy);
      CompletableFuture.allOf(
              all.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new))
          .completeOnTimeout(null, 30, TimeUnit.SECONDS)
          .join();
      all.forEach(ProcessHandle::destroyForcibly);
    }
  }

  /** Clones the last commit of this project. */
  static Newcomer cloneInto(Path directory) {
    String check = "the README's first commands in a fresh clone";
    Path git = Tool.onPath("git", check);
    Path clone = directory.resolve("cloakroom");
    Tool.Run run = new Tool(git.toString()).tryRun("clone", "--quiet", ".", clone.toString());
    if (run.status() != 0) {
      throw Tool.missing(check + ": " + run.output().strip());
    }
    return new Newcomer(clone);
  }

  Running start(String command) throws IOException {
    Path output = Files.createTempFile(project.getParent(), "output-", ".txt");
    var builder =
        new ProcessBuilder("bash", "-c", command)
            .directory(project.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().keySet().retainAll(Set.of("PATH", "HOME"));
    return new Running(builder.start(), output);
  }

  /** What the command prints; it must end well, and in time. */
  String type(String command) throws IOException, InterruptedException {
    try (Running running = start(command)) {
      boolean isOver = running.process().waitFor(60, TimeUnit.SECONDS);
      assertThat(isOver).as("%s ended: %s", command, running.printed()).isTrue();
      assertThat(running.process().exitValue()).as("%s: %s", command, running.printed()).isZero();
      return running.printed();
    }
  }
}
