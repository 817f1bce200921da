import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.Random;

/**
 * Plays the vendor in one thread: every id is a finished image, at once, late, as an error, or
 * never; or an image that is still being made.
 *
 * <p>GET /control/set/{ok|fail|hang|faults|processing|mixed}/{delay in ms} changes how it answers,
 * and answers those that hang; with faults, three calls in ten are reset, fail, hang, or are
 * answered with garbage; mixed, an id that begins with 2 is being made, one that begins with 3
 * hangs, and all others have links as long as they may be; GET /control/reset clears the calls; GET
 * /control/calls returns "calls, waiting now", and GET /control/calls/{id} "calls for the id,
 * System.nanoTime() of the first final answer".
 */
final class Vendor {

  /** With which a link has some 2,000 characters; Cloakroom passes on 2,048. */
  private static final String LONG_NAME = "-" + "0".repeat(1_960) + ".png";

  private static final String FETCH = "/api/v6/image_editing/fetch/";

  private final Selector selector = Selector.open();
  private final ByteBuffer input = ByteBuffer.allocateDirect(64 * 1024);
  private final Map<String, Calls> calls = new HashMap<>();
  private final Queue<Call> late = new ArrayDeque<>();
  private final Queue<Call> hanging = new ArrayDeque<>();
  private long total;
  private final Random chance = new Random(5);
  private String mode = "ok";
  private long delayNanos;

  private Vendor() throws IOException {}

  private static final class Calls {
    private int count;
    private long firstAnswer;
  }

  private record Call(Caller caller, String id, long due) {}

  /** A connection, and the bytes of a request that is not complete. */
  private static final class Caller {
    private final SocketChannel channel;
    private String rest = "";

    private Caller(SocketChannel channel) {
      this.channel = channel;
    }
  }

  public static void main(String[] arguments) throws IOException {
    new Vendor().serve(Integer.parseInt(arguments[0]));
  }

  private void serve(int port) throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open();
    server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
    server.bind(new InetSocketAddress("127.0.0.1", port), 4096);
    server.configureBlocking(false);
    server.register(selector, SelectionKey.OP_ACCEPT);
    while (true) {
      if (late.isEmpty()) {
        selector.select(this::serve);
      } else {
        long millis = (late.peek().due() - System.nanoTime()) / 1_000_000;
        selector.select(this::serve, Math.max(1, millis));
      }
      while (!late.isEmpty() && late.peek().due() <= System.nanoTime()) {
        answer(late.poll());
      }
    }
  }

  private void serve(SelectionKey key) {
    try {
      if (key.isAcceptable()) {
        accept((ServerSocketChannel) key.channel());
      } else {
        read((Caller) key.attachment());
      }
    } catch (IOException e) {
      close(key);
    }
  }

  private void accept(ServerSocketChannel server) throws IOException {
    for (SocketChannel channel = server.accept(); channel != null; channel = server.accept()) {
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.register(selector, SelectionKey.OP_READ, new Caller(channel));
    }
  }

  private void read(Caller caller) throws IOException {
    input.clear();
    if (caller.channel.read(input) < 0) {
      throw new IOException("closed");
    }
    byte[] bytes = new byte[input.flip().remaining()];
    input.get(bytes);
    caller.rest += Message.text(bytes, bytes.length);
    int length = Message.length(caller.rest);
    while (length != Message.INCOMPLETE) {
      String request = caller.rest.substring(0, length);
      caller.rest = caller.rest.substring(length);
      String path = request.substring(request.indexOf(' ') + 1, request.indexOf(" HTTP/1.1\r\n"));
      take(caller, path);
      length = Message.length(caller.rest);
    }
  }

  private void take(Caller caller, String path) {
    if (path.startsWith(FETCH)) {
      String id = path.substring(FETCH.length());
      total++;
      calls.computeIfAbsent(id, _ -> new Calls()).count++;
      Call call = new Call(caller, id, System.nanoTime() + delayNanos);
      if (mode.equals("faults") && chance.nextInt(10) < 3) {
        goWrong(call);
      } else if (modeOf(id).equals("hang")) {
        hanging.add(call);
      } else if (delayNanos > 0) {
        late.add(call);
      } else {
        answer(call);
      }
    } else if (path.startsWith("/control/")) {
      write(caller, "200 OK", control(path.substring("/control/".length()).split("/")));
    } else {
      write(caller, "404 Not Found", "");
    }
  }

  private String control(String[] words) {
    switch (words[0]) {
      case "set" -> {
        // Calls that wait were promised the old delay: they are answered first, to keep the order.
        late.forEach(this::answer);
        late.clear();
        mode = words[1];
        delayNanos = Long.parseLong(words[2]) * 1_000_000;
        if (!mode.equals("hang")) {
          hanging.forEach(this::answer);
          hanging.clear();
        }
      }
      case "reset" -> {
        calls.clear();
        total = 0;
      }
      case "calls" -> {
        if (words.length == 1) {
          return total + "," + (late.size() + hanging.size());
        }
        Calls known = calls.getOrDefault(words[1], new Calls());
        return known.count + "," + known.firstAnswer;
      }
      default -> throw new IllegalArgumentException(words[0]);
    }
    return "";
  }

  private void goWrong(Call call) {
    switch (chance.nextInt(4)) {
      case 0 -> reset(call.caller());
      case 1 -> write(call.caller(), "500 Internal Server Error", "<html>Oops</html>");
      case 2 -> hanging.add(call);
      default -> write(call.caller(), "200 OK", "garbage");
    }
  }

  private static void reset(Caller caller) {
    try {
      caller.channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      caller.channel.close();
    } catch (IOException e) {
      // It is gone either way.
    }
  }

  private void answer(Call call) {
    Calls known = calls.getOrDefault(call.id(), new Calls());
    String mode = modeOf(call.id());
    if (known.firstAnswer == 0 && !mode.equals("processing")) {
      known.firstAnswer = System.nanoTime();
    }
    if (mode.equals("fail")) {
      write(
          call.caller(),
          "500 Internal Server Error",
          "{\"status\":\"error\",\"message\":\"Something went wrong\"}");
    } else if (mode.equals("processing")) {
      write(
          call.caller(),
          "200 OK",
          "{\"status\":\"processing\",\"message\":\"try again later\",\"output\":\"\"}");
    } else {
      write(
          call.caller(),
          "200 OK",
          "{\"status\":\"success\",\"id\":%s,\"output\":[\"https://images.example/%s-0.png\"]}"
              .replace("-0.png", mode.equals("long") ? LONG_NAME : "-0.png")
              .replace("%s", call.id()));
    }
  }

  private String modeOf(String id) {
    if (!mode.equals("mixed")) {
      return mode;
    }
    return switch (id.charAt(0)) {
      case '2' -> "processing";
      case '3' -> "hang";
      default -> "long";
    };
  }

  private static void write(Caller caller, String status, String body) {
    String text =
        "HTTP/1.1 "
            + status
            + "\r\nContent-Type: application/json\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n"
            + body;
    try {
      // So small an answer always fits the socket's buffer.
      caller.channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)));
    } catch (IOException e) {
      // The caller has gone; its end is read next.
    }
  }

  private static void close(SelectionKey key) {
    try {
      key.channel().close();
    } catch (IOException e) {
      // It is gone either way.
    }
  }
}
