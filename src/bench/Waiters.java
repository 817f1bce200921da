import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Waits for images that are not finished, each caller on a connection of its own: by long poll for
 * one image, or as a listener to the events of one or more.
 *
 * <p>Arguments: PORT[,PORT…] VENDOR_PORT FROM IDS WAITERS LISTENERS EACH, the last being each
 * listener's images. Prints "waiting" when all have asked, and in the end one line of key=value
 * pairs; times are milliseconds from the vendor's answer for an image to ours.
 */
final class Waiters {

  /** The comma, as an id may come in two parts. */
  private static final Pattern FINAL = Pattern.compile("\"status\":\"success\",\"id\":(\\d+),");

  private static final int MAX_BYTES = 64 * 1024;

  private final Selector selector = Selector.open();
  private final ByteBuffer input = ByteBuffer.allocateDirect(64 * 1024);
  private final long[] images;
  private final long[] received;
  private int answered;
  private int lost;

  private Waiters(int expected) throws IOException {
    images = new long[expected];
    received = new long[expected];
  }

  private static final class Caller {
    private final StringBuilder text = new StringBuilder();
    private int left;

    private Caller(int left) {
      this.left = left;
    }
  }

  public static void main(String[] arguments) throws Exception {
    int[] ports = Stream.of(arguments[0].split(",")).mapToInt(Integer::parseInt).toArray();
    int vendorPort = Integer.parseInt(arguments[1]);
    long from = Long.parseLong(arguments[2]);
    int ids = Integer.parseInt(arguments[3]);
    int waiters = Integer.parseInt(arguments[4]);
    int listeners = Integer.parseInt(arguments[5]);
    int each = Integer.parseInt(arguments[6]);
    Waiters all = new Waiters(waiters + listeners * each);
    for (int i = 0; i < waiters; i++) {
      all.ask(ports[i % ports.length], poll(from + i % ids), 1);
    }
    for (int i = 0; i < listeners; i++) {
      int first = waiters + i * each;
      LongStream own = LongStream.range(first, first + each).map(n -> from + n % ids);
      all.ask(ports[(waiters + i) % ports.length], listen(own.toArray()), each);
    }
    System.out.println("waiting");
    all.receive();
    System.out.println(all.figures(vendorPort));
  }

  private static String poll(long id) {
    return "GET /images/" + id + " HTTP/1.1\r\nHost: 127.0.0.1\r\nPrefer: wait=60\r\n\r\n";
  }

  private static String listen(long[] ids) {
    String path =
        ids.length == 1
            ? "/images/" + ids[0] + "/events"
            : LongStream.of(ids)
                .mapToObj(id -> "id=" + id)
                .collect(Collectors.joining("&", "/images?", ""));
    return "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n";
  }

  private void ask(int port, String request, int expected) throws IOException {
    SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
    channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.ISO_8859_1)));
    channel.configureBlocking(false);
    channel.register(selector, SelectionKey.OP_READ, new Caller(expected));
  }

  private void receive() throws IOException {
    while (answered + lost < images.length) {
      selector.select(this::receive);
    }
  }

  private void receive(SelectionKey key) {
    Caller caller = (Caller) key.attachment();
    int read = -1;
    try {
      input.clear();
      read = ((SocketChannel) key.channel()).read(input);
      take(caller, System.nanoTime());
    } catch (IOException e) {
      // The end, too.
    }
    if (caller.left == 0 || read < 0 || isRefused(caller) || caller.text.length() > MAX_BYTES) {
      lost += caller.left;
      key.cancel();
    }
  }

  /** A problem, or a state that is not final: the connection stays open after either. */
  private static boolean isRefused(Caller caller) {
    return caller.text.indexOf("HTTP/1.1 ") == 0
        && caller.text.length() >= 12
        && !caller.text.substring(9, 12).equals("200");
  }

  private void take(Caller caller, long now) {
    byte[] bytes = new byte[input.flip().remaining()];
    input.get(bytes);
    caller.text.append(Message.text(bytes, bytes.length));
    int end = 0;
    for (Matcher image = FINAL.matcher(caller.text); image.find(); end = image.end()) {
      images[answered] = Long.parseLong(image.group(1));
      received[answered++] = now;
      caller.left--;
    }
    caller.text.delete(0, end);
  }

  private String figures(int vendorPort) throws IOException {
    Map<Long, Long> answers = new HashMap<>();
    for (int i = 0; i < answered; i++) {
      if (!answers.containsKey(images[i])) {
        answers.put(images[i], vendorAnswered(vendorPort, images[i]));
      }
    }
    double[] millis =
        IntStream.range(0, answered)
            .mapToDouble(i -> (received[i] - answers.get(images[i])) / 1e6)
            .sorted()
            .toArray();
    return "requests=%d lost=%d p50=%.3f p99=%.3f last=%.3f"
        .formatted(
            answered,
            lost,
            millis[answered / 2],
            millis[answered * 99 / 100],
            millis[answered - 1]);
  }

  private static long vendorAnswered(int vendorPort, long id) throws IOException {
    URI calls = URI.create("http://127.0.0.1:" + vendorPort + "/control/calls/" + id);
    try (var body = calls.toURL().openStream()) {
      return Long.parseLong(
          new String(body.readAllBytes(), StandardCharsets.ISO_8859_1).split(",")[1]);
    }
  }
}
