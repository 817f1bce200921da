package dev.cloakroom.content;

import dev.cloakroom.testsupport.FreePort;
import dev.cloakroom.testsupport.Tool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** An S3-compatible store as a process, which can be paused and taken away. */
final class S3Server implements AutoCloseable {

  static final String BUCKET = "pictures";

  private static final Path LIBRARIES = Path.of("target/s3proxy").toAbsolutePath();
  private static final String IDENTITY = "local-identity";
  private static final String CREDENTIAL = "local-credential";

  private final int port = FreePort.take();
  private final Path directory;
  private Process process;

  private S3Server(Path directory) {
    this.directory = directory;
  }

  /** With an empty bucket. */
  static S3Server start() {
    try {
      var server = new S3Server(Files.createTempDirectory("s3"));
      Files.createDirectories(server.objects());
      server.startAgain();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The files of the bucket's objects. */
  private Path objects() {
    return directory.resolve("data").resolve(BUCKET);
  }

  /** Resolved by Maven once for each build. */
  private static synchronized void resolve() {
    if (!Files.isDirectory(LIBRARIES)) {
      new Tool(Path.of("mvnw").toAbsolutePath().toString())
          .run(
              "-q",
              "-B",
              "-f",
              "src/test/s3proxy/pom.xml",
              "dependency:copy-dependencies",
              "-DoutputDirectory=" + LIBRARIES);
    }
  }

  /** At the same port, with the same objects. */
  void startAgain() throws IOException {
    resolve();
    Path settings =
        Files.writeString(
            directory.resolve("s3proxy.properties"),
            """
            s3proxy.endpoint=http://127.0.0.1:%d
            s3proxy.authorization=aws-v2-or-v4
            s3proxy.identity=%s
            s3proxy.credential=%s
            jclouds.provider=filesystem-nio2
            jclouds.filesystem.basedir=%s
            """
                .formatted(port, IDENTITY, CREDENTIAL, directory.resolve("data")));
    process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "-cp",
                LIBRARIES + "/*",
                "org.gaul.s3proxy.Main",
                "--properties",
                settings.toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log.txt").toFile())
            .start();
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(this::isListening);
  }

  private boolean isListening() {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", port), 1000);
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  /** The settings of a replica that shares through it. */
  Map<String, String> settings() {
    // The SDK reads its system properties first.
    System.setProperty("aws.accessKeyId", IDENTITY);
    System.setProperty("aws.secretAccessKey", CREDENTIAL);
    return Map.of(
        "cloakroom.content.s3.bucket",
        BUCKET,
        "cloakroom.content.s3.prefix",
        "test/",
        "cloakroom.content.s3.endpoint",
        "http://127.0.0.1:" + port,
        "cloakroom.content.s3.path-style",
        "true");
  }

  /** The names of all objects. */
  List<String> keys() {
    try (Stream<Path> files = Files.walk(objects())) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> objects().relativize(file).toString())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Changes an object's bytes, and not what is said of them. */
  void overwrite(String key, byte[] bytes) throws IOException {
    Files.write(objects().resolve(key), bytes);
  }

  /** Keeps its connections, and answers nothing. */
  void pause() {
    signal("-STOP");
  }

  void goOn() {
    signal("-CONT");
  }

  private void signal(String signal) {
    new Tool("/bin/kill").run(signal, Long.toString(process.pid()));
  }

  /** Refuses connections. */
  void stop() {
    process.destroyForcibly();
    process.onExit().join();
  }

  @Override
  public void close() {
    stop();
  }
}
