package dev.cloakroom.content;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Canary;
import dev.cloakroom.testsupport.Jar;
import dev.cloakroom.testsupport.Vendor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What pictures cost the packaged jar, and what keeps it from starting. */
class ContentJarTests {

  private static final Vendor vendor = new Vendor();
  private static final FileHost files = new FileHost();

  private static final int READERS = 200;
  private static final int SIZE = 32 << 20;
  private static final int TICKS = 80;

  /** Each tenth of a second. */
  private static final int READ_AT_ONCE = 64 * 1024 / 10;

  @TempDir private Path directory;

  @AfterAll
  static void stop() {
    files.stop();
  }

  /** A reader that takes 64 KB a second. */
  private record SlowReader(Socket socket, byte[] buffer) {

    static SlowReader of(int port, String path) {
      try {
        var socket = new Socket();
        socket.connect(new InetSocketAddress("127.0.0.1", port));
        String request = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(ISO_8859_1));
        return new SlowReader(socket, new byte[READ_AT_ONCE]);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** What has come, of the next bytes. */
    int read() {
      try {
        InputStream in = socket.getInputStream();
        return in.read(buffer, 0, Math.min(in.available(), buffer.length));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Test
  void holdsNoPictureInMemoryForSlowReaders() throws Exception {
    files.has("1.png", FileHost.png(1, SIZE));
    vendor.answers("1", files.ready("1", "1.png"));
    List<String> settings =
        new ArrayList<>(
            List.of(
                "--server.port=0",
                "--management.server.port=0",
                "--cloakroom.upstream.base-url=" + vendor.baseUrl()));
    files.settings().forEach(setting -> settings.add("--" + setting[0] + "=" + setting[1]));
    settings.add("--cloakroom.content.directory=" + directory);
    ProcessBuilder command = Jar.command(settings.toArray(String[]::new));
    command.environment().put("CLOAKROOM_API_KEY", Canary.KEY);
    // All of the heap from the start, so that what grows is outside of it.
    command.environment().put("JDK_JAVA_OPTIONS", "-Xms128m -Xmx128m -XX:+AlwaysPreTouch");
    Jar jar = Jar.start(command);
    ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    List<SlowReader> readers = new ArrayList<>();
    try {
      jar.awaitStart();
      assertThat(new Reader(jar.servicePort()).get("/images/1/0").body()).hasSize(SIZE);
      long before = memory(jar);
      long open = descriptors(jar);

      Stream.generate(() -> SlowReader.of(jar.servicePort(), "/images/1/0"))
          .limit(READERS)
          .forEach(readers::add);
      int[] read = new int[READERS];
      for (int tick = 0; tick < TICKS; tick++) {
        clock
            .schedule(
                () -> Arrays.setAll(read, i -> read[i] + readers.get(i).read()),
                100,
                TimeUnit.MILLISECONDS)
            .get();
      }

      assertThat(IntStream.of(read))
          .as("bytes of each")
          .allMatch(bytes -> bytes > TICKS / 2 * READ_AT_ONCE);
      assertThat(memory(jar) - before).isLessThan(32 << 20);
      for (SlowReader reader : readers) {
        reader.socket().close();
      }
      Awaitility.await().until(() -> descriptors(jar) <= open + 5);
    } finally {
      clock.shutdownNow();
      jar.process().destroyForcibly();
    }
  }

  /** Bytes that are the process's alone, without the pages of files. */
  private static long memory(Jar jar) throws IOException {
    try (Stream<String> lines =
        Files.lines(Path.of("/proc", Long.toString(jar.process().pid()), "status"))) {
      return lines
          .filter(line -> line.startsWith("RssAnon:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
          .sum();
    }
  }

  private static long descriptors(Jar jar) throws IOException {
    try (Stream<Path> open =
        Files.list(Path.of("/proc", Long.toString(jar.process().pid()), "fd"))) {
      return open.count();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "hosts=https://cdn.example | List hosts such as",
        "max-picture-size=2GB | a size such as 32MB",
        "max-size=1MB | room for many pictures",
        "public-url=images.example | such as https://images.example.com",
        "ssl-bundle=none | the name of a bundle",
        "s3.bucket=a b | a name such as images",
        "s3.endpoint=store:9000 | such as https://s3.example.com",
        "s3.buckets=a | s3.buckets"
      })
  void doesNotStartWithWrongSettingAndSaysWhatToDo(String setting, String action) throws Exception {
    Jar jar = Jar.start(Jar.commandWithKey(vendor, "--cloakroom.content." + setting));

    assertThat(jar.process().waitFor(60, TimeUnit.SECONDS)).isTrue();

    assertThat(jar.process().exitValue()).isNotZero();
    assertThat(jar.printed()).contains("APPLICATION FAILED TO START").contains(action);
  }
}
