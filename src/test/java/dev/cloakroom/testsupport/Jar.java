package dev.cloakroom.testsupport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/** The packaged jar as a process, and the file of what it prints. */
public record Jar(Process process, Path output) {

  private static final Pattern PORT = Pattern.compile("Jetty started on port (\\d+)");

  /** A command with nothing set but what is given. */
  public static ProcessBuilder command(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:TieredStopAtLevel=1",
                "-jar",
                "target/cloakroom.jar"));
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.startsWith("CLOAKROOM"));
    return builder;
  }

  /** A command with the canary key, that vendor, and a log at TRACE. */
  public static ProcessBuilder commandWithKey(Vendor vendor, String... arguments)
      throws IOException {
    Files.createDirectories(Canary.DIRECTORY);
    List<String> all =
        new ArrayList<>(
            List.of(
                "--server.port=0",
                "--management.server.port=0",
                "--cloakroom.upstream.base-url=" + vendor.baseUrl(),
                "--logging.level.root=TRACE",
                "--logging.file.name="
                    + Files.createTempFile(Canary.DIRECTORY, "jar-trace-", ".log"),
                // Rolled over into archives, which take a twentieth of the room.
                "--logging.logback.rollingpolicy.max-file-size=10MB",
                "--logging.threshold.console=INFO"));
    all.addAll(List.of(arguments));
    ProcessBuilder command = command(all.toArray(String[]::new));
    command.environment().put("CLOAKROOM_API_KEY", Canary.KEY);
    return command;
  }

  /** Begins to run. */
  public static Jar start(ProcessBuilder command) throws IOException {
    Files.createDirectories(Canary.DIRECTORY);
    Path output = Files.createTempFile(Canary.DIRECTORY, "jar-", ".txt");
    return new Jar(command.redirectOutput(output.toFile()).start(), output);
  }

  /** Until both ports are there. */
  public void awaitStart() {
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> ports().size() == 2);
  }

  /** Callers of its service port. */
  public Caller service() {
    return new Caller(servicePort());
  }

  /** Its service port. */
  public int servicePort() {
    return ports().getFirst();
  }

  /** Callers of its management port. */
  public Caller management() {
    return Caller.ofUndescribed(managementPort());
  }

  /** Its management port. */
  public int managementPort() {
    return ports().getLast();
  }

  private List<Integer> ports() {
    return PORT.matcher(printed())
        .results()
        .map(match -> Integer.parseInt(match.group(1)))
        .toList();
  }

  /** What it has printed, so far. */
  public String printed() {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
