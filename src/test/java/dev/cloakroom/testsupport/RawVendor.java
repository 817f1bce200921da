package dev.cloakroom.testsupport;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** A vendor, or an edge before it, that writes whatever bytes a test wants; ids else are ready. */
public class RawVendor {

  /** Not a packet: those after it are sent only after a release. */
  public static final String PAUSE = "pause";

  private static final Duration BETWEEN_PACKETS = Duration.ofMillis(50);

  private final ServerSocket listener;
  private final ConcurrentHashMap<String, List<String>> answers = new ConcurrentHashMap<>();
  private final Semaphore releases = new Semaphore(0);
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger open = new AtomicInteger();

  /** Begins to listen. */
  public RawVendor() {
    try {
      listener = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.startVirtualThread(this::accept);
  }

  /** What {@code cloakroom.upstream.base-url} must be. */
  public String baseUrl() {
    return "http://127.0.0.1:" + listener.getLocalPort() + "/api";
  }

  /** Answers for an image with these packets; an empty one is only a pause. */
  public void answers(String id, String... packets) {
    answers.put(id, List.of(packets));
  }

  /** Sends what one connection has paused. */
  public void letGo() {
    releases.release();
  }

  /** Connections, so far. */
  public int connections() {
    return connections.get();
  }

  /** Connections that are open now. */
  public int openConnections() {
    return open.get();
  }

  /** A whole answer under 200. */
  public static String ok(String body) {
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
        .formatted(body.length(), body);
  }

  private void accept() {
    try {
      while (true) {
        Socket connection = listener.accept();
        connections.incrementAndGet();
        open.incrementAndGet();
        Thread.startVirtualThread(() -> serve(connection));
      }
    } catch (IOException _) {
      // The test run is over.
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      connection.setTcpNoDelay(true);
      var requests =
          new BufferedReader(
              new InputStreamReader(connection.getInputStream(), StandardCharsets.ISO_8859_1));
      for (String id = nextId(requests); id != null; id = nextId(requests)) {
        write(answers.getOrDefault(id, List.of(ok(Vendor.ready(id)))), connection);
      }
    } catch (IOException _) {
      // The client was quicker to leave.
    } finally {
      open.decrementAndGet();
    }
  }

  private static String nextId(BufferedReader requests) throws IOException {
    String first = requests.readLine();
    if (first == null) {
      return null;
    }
    int length = 0;
    for (String line = requests.readLine(); !line.isEmpty(); line = requests.readLine()) {
      if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
        length = Integer.parseInt(line.substring(15).strip());
      }
    }
    requests.skip(length);
    return first.replaceFirst(".*/([0-9]+) HTTP.*", "$1");
  }

  private void write(List<String> packets, Socket connection) throws IOException {
    OutputStream out = connection.getOutputStream();
    for (String packet : packets) {
      if (packet.equals(PAUSE)) {
        releases.acquireUninterruptibly();
      } else if (packet.isEmpty()) {
        LockSupport.parkNanos(BETWEEN_PACKETS.toNanos());
      } else {
        out.write(packet.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
      }
    }
  }
}
