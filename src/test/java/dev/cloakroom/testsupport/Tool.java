package dev.cloakroom.testsupport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/** A program that checks need and a machine may lack. */
public record Tool(String program) {

  private static final Path LEFT_OUT = Path.of("target/left-out.txt");
  private static final boolean IS_CI = "true".equals(System.getenv("CI"));

  /** What a run printed, and how it ended. */
  public record Run(int status, String output) {}

  /** One of those that {@code .ci/tools} fetches. */
  public static Tool require(String path, String check) {
    Path program = Path.of(".tools", path).toAbsolutePath();
    if (!Files.isExecutable(program)) {
      throw missing(check + ": run .ci/tools for it");
    }
    return new Tool(program.toString());
  }

  /** One that is on the path. */
  public static Path onPath(String program, String check) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .map(directory -> Path.of(directory, program))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(() -> missing(check + ": install " + program + " for it"));
  }

  /** Fails in CI; elsewhere the build's last lines say what was left out. */
  public static RuntimeException missing(String check) {
    assertThat(IS_CI).as("CI leaves nothing out: " + check).isFalse();
    return leaveOut(check);
  }

  /** The build's last lines say what was left out. */
  public static RuntimeException leaveOut(String check) {
    try {
      String line = "- " + check + "\n";
      if (!Files.exists(LEFT_OUT) || !Files.readString(LEFT_OUT).contains(line)) {
        Files.writeString(LEFT_OUT, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new TestAbortedException(check);
  }

  /** What it printed; it must end well. */
  public String run(String... arguments) {
    Run run = tryRun(arguments);
    assertThat(run.status()).as(run.output()).isZero();
    return run.output();
  }

  /** Whatever comes of it. */
  public Run tryRun(String... arguments) {
    List<String> command = new ArrayList<>(List.of(program));
    command.addAll(List.of(arguments));
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Run(process.waitFor(), output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
