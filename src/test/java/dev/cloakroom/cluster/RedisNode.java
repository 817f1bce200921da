package dev.cloakroom.cluster;

import dev.cloakroom.testsupport.FreePort;
import dev.cloakroom.testsupport.Tool;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;

/** One process of redis-server, at a port of this machine, which can be killed or made to hang. */
final class RedisNode implements AutoCloseable {

  private static final int BUS_OFFSET = 10_000;
  private static final String CHECK = "replicas on a Redis Cluster, or with sentinels";

  private final int port;
  private final Path directory;
  private final List<String> command = new ArrayList<>();
  private Process process;

  /** Begins to listen; options are those of redis-server. */
  RedisNode(Path parent, String... options) {
    this.port = FreePort.take(BUS_OFFSET);
    this.directory = parent.resolve(Integer.toString(port));
    command.add(Tool.onPath("redis-server", CHECK).toString());
    command.addAll(List.of(options));
    command.addAll(List.of("--port", Integer.toString(port), "--bind", "127.0.0.1"));
    command.addAll(List.of("--dir", directory.toString(), "--maxmemory", "64mb"));
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    startAgain();
  }

  int port() {
    return port;
  }

  String address() {
    return "127.0.0.1:" + port;
  }

  /** At the same port, with the content of its files. */
  void startAgain() {
    File log = directory.resolve("redis.log").toFile();
    try {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    ProcessHandle handle = process.toHandle();
    Runtime.getRuntime().addShutdownHook(new Thread(handle::destroyForcibly));
    Awaitility.await().until(() -> cli("PING").startsWith("PONG"));
  }

  /** Keeps its connections, and answers nothing. */
  void hang() {
    signal("-STOP");
  }

  void goOn() {
    signal("-CONT");
  }

  private void signal(String signal) {
    new Tool("sh").run("-c", "kill " + signal + " " + process.pid());
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** From one moment to the next. */
  void kill() {
    process.destroyForcibly().onExit().join();
  }

  /** What redis-cli prints, however it ends. */
  String cli(String... arguments) {
    List<String> all = new ArrayList<>(List.of("-p", Integer.toString(port)));
    all.addAll(List.of(arguments));
    return new Tool(Tool.onPath("redis-cli", CHECK).toString())
        .tryRun(all.toArray(String[]::new))
        .output();
  }

  @Override
  public void close() {
    kill();
  }
}
