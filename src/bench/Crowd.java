import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * Takes all that a service gives to callers, each on a connection of its own and from one of a
 * hundred addresses.
 *
 * <p>Prints "full" when all have asked, and in the end one line of key=value pairs: callers who
 * waited and were answered, when the last of them was, and all answers by kind of caller.
 */
final class Crowd {

  /** Kinds of callers. */
  enum Kind {
    WAITER,
    LISTENER,
    PLAIN,
    UNFINISHED;

    /** As the figures name it. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final Pattern PROBLEM = Pattern.compile("urn:cloakroom:problem:([a-z-]+)");
  private static final int ADDRESSES = 100;
  private static final int HEADER_BYTES = 7_500;
  private static final Duration CONNECT_LIMIT = Duration.ofMillis(500);
  private static final long PAUSE = Duration.ofSeconds(1).toNanos();

  private final Selector selector = Selector.open();
  private final ByteBuffer input = ByteBuffer.allocateDirect(64 * 1024);
  private final Queue<Caller> toAskAgain = new ArrayDeque<>();
  private final Map<String, Integer> answers = new TreeMap<>();
  private final int port;
  private long nextHanging;
  private int callers;
  private int answered;
  private long lastAnswered;

  private Crowd(int port, long firstHanging) throws IOException {
    this.port = port;
    this.nextHanging = firstHanging;
  }

  /**
   * How many callers there are.
   *
   * @param waiters by long poll
   * @param listeners to events
   * @param plain who ask without a wait for images whose calls hang, and again a second after they
   *     were answered
   * @param unfinished whose requests never end
   * @param spreadMillis time in which all waiters come
   * @param seconds until it ends; earlier when all waiters are answered and there are no others
   */
  record Size(
      int waiters, int listeners, int plain, int unfinished, int spreadMillis, int seconds) {}

  private static final class Caller {
    private final Kind kind;
    private final int number;
    private SocketChannel channel;
    private StringBuilder text = new StringBuilder();
    private boolean isOpen;
    private long due;

    private Caller(Kind kind, int number) {
      this.kind = kind;
      this.number = number;
    }
  }

  /** Starts it as a process. */
  static Program start(int port, long from, int images, long firstHanging, Size size)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            Bench.java("-XX:+UseSerialGC", "-Xmx512m", "-cp", Bench.CLASSES.toString(), "Crowd"));
    LongStream.of(
            port,
            from,
            images,
            firstHanging,
            size.waiters(),
            size.listeners(),
            size.plain(),
            size.unfinished(),
            size.spreadMillis(),
            size.seconds())
        .mapToObj(Long::toString)
        .forEach(command::add);
    return Program.ask(command);
  }

  public static void main(String[] arguments) throws Exception {
    int[] n = new int[arguments.length];
    for (int i = 0; i < n.length; i++) {
      n[i] = Integer.parseInt(arguments[i]);
    }
    Size size = new Size(n[4], n[5], n[6], n[7], n[8], n[9]);
    new Crowd(n[0], n[3]).play(n[1], n[2], size);
  }

  private void play(long from, int images, Size size) throws IOException {
    List<Caller> plain = new ArrayList<>();
    for (int i = 0; i < size.plain(); i++) {
      plain.add(connect(Kind.PLAIN));
    }
    long start = System.nanoTime();
    for (int i = 0; i < size.waiters(); i++) {
      receiveUntil(start + i * size.spreadMillis() * 1_000_000L / size.waiters());
      send(connect(Kind.WAITER), "/images/" + (from + i % images), "Prefer: wait=50\r\n\r\n");
    }
    for (int i = 0; i < size.listeners(); i++) {
      send(connect(Kind.LISTENER), "/images/" + (from + i % images) + "/events", "\r\n");
    }
    holdUnfinished(size.unfinished());
    // Last, as these calls hang for some seconds only.
    plain.forEach(this::askForHanging);
    System.out.println("full");
    boolean endsWhenAnswered = size.listeners() + size.plain() + size.unfinished() == 0;
    long end = System.nanoTime() + size.seconds() * 1_000_000_000L;
    while (System.nanoTime() < end && !(endsWhenAnswered && answered >= size.waiters())) {
      receiveUntil(Math.min(end, System.nanoTime() + 100_000_000));
      askAgain();
    }
    System.out.println(this);
  }

  /** Until the service takes no more connections for the first time. */
  private void holdUnfinished(int count) throws IOException {
    boolean isTaken = true;
    for (int i = 0; i < count && isTaken; i++) {
      receiveUntil(0);
      Caller caller = connect(Kind.UNFINISHED);
      isTaken = caller.channel != null;
      sendUnfinished(caller);
    }
  }

  /** A caller whose channel is null where the service takes no connection. */
  private Caller connect(Kind kind) {
    Caller caller = new Caller(kind, callers++);
    connect(caller);
    return caller;
  }

  private void connect(Caller caller) {
    caller.text = new StringBuilder();
    try {
      caller.channel = SocketChannel.open();
      caller.channel.bind(new InetSocketAddress("127.0.0." + (2 + caller.number % ADDRESSES), 0));
      caller
          .channel
          .socket()
          .connect(new InetSocketAddress("127.0.0.1", port), (int) CONNECT_LIMIT.toMillis());
      caller.channel.configureBlocking(false);
      caller.channel.register(selector, SelectionKey.OP_READ, caller);
    } catch (IOException e) {
      count(caller, "refused");
      close(caller);
    }
  }

  private void send(Caller caller, String path, String rest) {
    write(caller, "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + rest);
  }

  private void sendUnfinished(Caller caller) {
    send(caller, "/images/1", "X-Filler: " + "x".repeat(HEADER_BYTES));
    if (caller.channel != null) {
      count(caller, "sent");
    }
  }

  private void askForHanging(Caller caller) {
    send(caller, "/images/" + nextHanging++, "\r\n");
  }

  private void write(Caller caller, String text) {
    if (caller.channel == null) {
      return;
    }
    try {
      caller.channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)));
    } catch (IOException e) {
      lose(caller);
    }
  }

  /** Also once where the time is over. */
  private void receiveUntil(long time) throws IOException {
    do {
      long millis = (time - System.nanoTime()) / 1_000_000;
      if (millis > 0) {
        selector.select(this::receive, millis);
      } else {
        selector.selectNow(this::receive);
      }
    } while (System.nanoTime() < time);
  }

  private void receive(SelectionKey key) {
    Caller caller = (Caller) key.attachment();
    try {
      input.clear();
      int read = caller.channel.read(input);
      if (read < 0) {
        lose(caller);
        return;
      }
      byte[] bytes = new byte[input.flip().remaining()];
      input.get(bytes);
      caller.text.append(Message.text(bytes, bytes.length));
      receive(caller);
    } catch (IOException e) {
      lose(caller);
    }
  }

  private void receive(Caller caller) {
    if (caller.kind == Kind.LISTENER) {
      receiveEvents(caller);
    } else if (Message.length(caller.text.toString()) != Message.INCOMPLETE) {
      count(caller, nameOf(caller.text));
      caller.text.setLength(0);
      if (caller.kind == Kind.WAITER) {
        answered++;
        lastAnswered = System.nanoTime();
        close(caller);
      } else if (caller.kind == Kind.PLAIN) {
        askLater(caller);
      }
    }
  }

  private void receiveEvents(Caller caller) {
    if (!caller.isOpen && caller.text.indexOf("\r\n\r\n") >= 0) {
      caller.isOpen = true;
      count(caller, nameOf(caller.text));
    }
    if (caller.isOpen) {
      caller.text.setLength(0);
    }
  }

  /** Its status, and its problem's name where it is one. */
  private static String nameOf(CharSequence answer) {
    Matcher problem = PROBLEM.matcher(answer);
    return answer.subSequence(9, 12) + (problem.find() ? ":" + problem.group(1) : "");
  }

  private void lose(Caller caller) {
    count(caller, "closed");
    close(caller);
    if (caller.kind == Kind.PLAIN || caller.kind == Kind.UNFINISHED) {
      askLater(caller);
    }
  }

  private void askLater(Caller caller) {
    caller.due = System.nanoTime() + PAUSE;
    toAskAgain.add(caller);
  }

  private void askAgain() {
    boolean isRefused = false;
    // One that is refused holds up all others: no second one before these had their turn.
    while (!isRefused && !toAskAgain.isEmpty() && toAskAgain.peek().due <= System.nanoTime()) {
      Caller caller = toAskAgain.poll();
      if (caller.channel == null) {
        connect(caller);
      }
      if (caller.channel == null) {
        isRefused = true;
        askLater(caller);
      } else if (caller.kind == Kind.PLAIN) {
        askForHanging(caller);
      } else {
        sendUnfinished(caller);
      }
    }
  }

  private void count(Caller caller, String what) {
    answers.merge(caller.kind + ":" + what, 1, Integer::sum);
  }

  private static void close(Caller caller) {
    try {
      if (caller.channel != null) {
        caller.channel.close();
      }
    } catch (IOException e) {
      // It is gone either way.
    }
    caller.channel = null;
  }

  @Override
  public String toString() {
    return "answered=%d last=%d ".formatted(answered, lastAnswered)
        + answers.entrySet().stream()
            .map(answer -> answer.getKey() + "=" + answer.getValue())
            .collect(Collectors.joining(" "));
  }
}
