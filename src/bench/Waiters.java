import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Waits for images that are not finished, each caller on a connection of its own: by long poll, or
 * as a listener of events.
 *
 * <p>Arguments: PORT[,PORT…] VENDOR_PORT FROM IDS WAITERS LISTENERS. Prints "waiting" when all have
 * asked, and in the end one line of key=value pairs; times are milliseconds since the vendor's
 * answer.
 */
final class Waiters {

  private static final String FINAL = "\"status\":\"success\"";
  private static final int MAX_BYTES = 4096;

  private final Selector selector = Selector.open();
  private final ByteBuffer input = ByteBuffer.allocateDirect(64 * 1024);
  private final List<Waiter> waiters = new ArrayList<>();
  private int answered;
  private int lost;

  private Waiters() throws IOException {}

  private static final class Waiter {
    private final long id;
    private final StringBuilder text = new StringBuilder();
    private long answered;

    private Waiter(long id) {
      this.id = id;
    }
  }

  public static void main(String[] arguments) throws Exception {
    int[] ports = Stream.of(arguments[0].split(",")).mapToInt(Integer::parseInt).toArray();
    int vendorPort = Integer.parseInt(arguments[1]);
    long from = Long.parseLong(arguments[2]);
    int ids = Integer.parseInt(arguments[3]);
    int count = Integer.parseInt(arguments[4]);
    int listeners = Integer.parseInt(arguments[5]);
    Waiters all = new Waiters();
    for (int i = 0; i < count + listeners; i++) {
      all.ask(ports[i % ports.length], from + i % ids, i >= count);
    }
    System.out.println("waiting");
    all.receive();
    System.out.println(all.figures(vendorPort));
  }

  private void ask(int port, long id, boolean isListener) throws IOException {
    SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
    String request =
        "GET /images/"
            + id
            + (isListener ? "/events" : "")
            + " HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            + (isListener ? "" : "Prefer: wait=60\r\n")
            + "\r\n";
    channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.ISO_8859_1)));
    channel.configureBlocking(false);
    Waiter waiter = new Waiter(id);
    channel.register(selector, SelectionKey.OP_READ, waiter);
    waiters.add(waiter);
  }

  private void receive() throws IOException {
    while (answered + lost < waiters.size()) {
      selector.select(this::receive);
    }
  }

  private void receive(SelectionKey key) {
    Waiter waiter = (Waiter) key.attachment();
    try {
      input.clear();
      int read = ((SocketChannel) key.channel()).read(input);
      long now = System.nanoTime();
      byte[] bytes = new byte[Math.max(0, read)];
      input.flip().get(bytes);
      waiter.text.append(new String(bytes, StandardCharsets.ISO_8859_1));
      if (waiter.text.indexOf(FINAL) >= 0) {
        waiter.answered = now;
        answered++;
        key.cancel();
      } else if (read < 0 || waiter.text.length() > MAX_BYTES) {
        lost++;
        key.cancel();
      }
    } catch (IOException e) {
      lost++;
      key.cancel();
    }
  }

  private String figures(int vendorPort) throws IOException {
    Map<Long, Long> answers = new HashMap<>();
    for (Waiter waiter : waiters) {
      if (!answers.containsKey(waiter.id)) {
        answers.put(waiter.id, vendorAnswered(vendorPort, waiter.id));
      }
    }
    double[] millis =
        waiters.stream()
            .filter(waiter -> waiter.answered > 0)
            .mapToDouble(waiter -> (waiter.answered - answers.get(waiter.id)) / 1e6)
            .sorted()
            .toArray();
    return "requests=%d lost=%d p50=%.3f p99=%.3f last=%.3f"
        .formatted(
            millis.length,
            lost,
            millis[millis.length / 2],
            millis[Math.min(millis.length - 1, millis.length * 99 / 100)],
            millis[millis.length - 1]);
  }

  static long vendorAnswered(int vendorPort, long id) throws IOException {
    URI calls = URI.create("http://127.0.0.1:" + vendorPort + "/control/calls/" + id);
    try (var body = calls.toURL().openStream()) {
      return Long.parseLong(
          new String(body.readAllBytes(), StandardCharsets.ISO_8859_1).split(",")[1]);
    }
  }
}
