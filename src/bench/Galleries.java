import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * Listens to the events of many images at once, each caller on a connection of its own.
 *
 * <p>Arguments: PORT VENDOR_PORT FROM IDS STREAMS EACH. Prints "waiting" when all have asked, and
 * in the end one line of key=value pairs; times are milliseconds from the vendor's answer for an
 * image to its event.
 */
final class Galleries {

  private static final Pattern FINAL = Pattern.compile("\"status\":\"success\",\"id\":(\\d+)");
  private static final String END = "\n\n";

  private final Selector selector = Selector.open();
  private final ByteBuffer input = ByteBuffer.allocateDirect(64 * 1024);
  private final long[] images;
  private final long[] received;
  private int events;
  private int lost;

  private Galleries(int expected) throws IOException {
    images = new long[expected];
    received = new long[expected];
  }

  private static final class Gallery {
    private final StringBuilder text = new StringBuilder();
    private int left;

    private Gallery(int left) {
      this.left = left;
    }
  }

  public static void main(String[] arguments) throws Exception {
    int port = Integer.parseInt(arguments[0]);
    int vendorPort = Integer.parseInt(arguments[1]);
    long from = Long.parseLong(arguments[2]);
    int ids = Integer.parseInt(arguments[3]);
    int streams = Integer.parseInt(arguments[4]);
    int each = Integer.parseInt(arguments[5]);
    Galleries all = new Galleries(streams * each);
    for (int i = 0; i < streams; i++) {
      int first = i * each;
      all.ask(port, LongStream.range(first, first + each).map(n -> from + n % ids), each);
    }
    System.out.println("waiting");
    all.receive();
    System.out.println(all.figures(vendorPort));
  }

  private void ask(int port, LongStream ids, int count) throws IOException {
    SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
    String query = ids.mapToObj(id -> "id=" + id).collect(Collectors.joining("&"));
    String request =
        "GET /images?"
            + query
            + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n";
    channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.ISO_8859_1)));
    channel.configureBlocking(false);
    channel.register(selector, SelectionKey.OP_READ, new Gallery(count));
  }

  private void receive() throws IOException {
    while (events + lost < images.length) {
      selector.select(this::receive);
    }
  }

  private void receive(SelectionKey key) {
    Gallery gallery = (Gallery) key.attachment();
    try {
      input.clear();
      int read = ((SocketChannel) key.channel()).read(input);
      long now = System.nanoTime();
      byte[] bytes = new byte[Math.max(0, read)];
      input.flip().get(bytes);
      gallery.text.append(new String(bytes, StandardCharsets.ISO_8859_1));
      int end = gallery.text.lastIndexOf(END);
      if (end >= 0) {
        take(gallery, gallery.text.substring(0, end), now);
        gallery.text.delete(0, end);
      }
      if (gallery.left == 0 || read < 0) {
        lost += gallery.left;
        key.cancel();
      }
    } catch (IOException e) {
      lost += gallery.left;
      key.cancel();
    }
  }

  private void take(Gallery gallery, String text, long now) {
    Matcher image = FINAL.matcher(text);
    while (image.find()) {
      images[events] = Long.parseLong(image.group(1));
      received[events++] = now;
      gallery.left--;
    }
  }

  private String figures(int vendorPort) throws IOException {
    Map<Long, Long> answers = new HashMap<>();
    double[] millis = new double[events];
    for (int i = 0; i < events; i++) {
      if (!answers.containsKey(images[i])) {
        answers.put(images[i], Waiters.vendorAnswered(vendorPort, images[i]));
      }
      millis[i] = (received[i] - answers.get(images[i])) / 1e6;
    }
    Arrays.sort(millis);
    return "requests=%d lost=%d p50=%.3f p99=%.3f last=%.3f"
        .formatted(events, lost, millis[events / 2], millis[events * 99 / 100], millis[events - 1]);
  }
}
