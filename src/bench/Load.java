import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.BitSet;
import java.util.Locale;
import java.util.Map;
import java.util.Scanner;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntPredicate;
import java.util.function.LongUnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Asks a peer for images where wrk cannot: on a schedule, all at once, or without an answer.
 *
 * <p>Prints one line of key=value pairs. One thread sends and one receives. On a schedule the time
 * of an answer counts from when its request was due, not from when it could be sent.
 */
final class Load {

  private static final Pattern PROBLEM = Pattern.compile("urn:cloakroom:problem:([a-z-]+)");

  private final Selector selector = Selector.open();
  private final InetSocketAddress peer;
  private final BlockingQueue<Connection> free = new LinkedBlockingQueue<>();
  private Figures figures = new Figures(0);

  private Load(int port, int connections) throws IOException {
    peer = new InetSocketAddress("127.0.0.1", port);
    for (int i = 0; i < connections; i++) {
      Connection connection = new Connection();
      connection.open();
      free.add(connection);
    }
    Thread.ofPlatform().daemon().start(this::receive);
  }

  public static void main(String[] arguments) throws Exception {
    int port = Integer.parseInt(arguments[1]);
    long from = Long.parseLong(arguments[2]);
    int count = Integer.parseInt(arguments[3]);
    switch (arguments[0]) {
      case "once" -> // PORT FROM COUNT: each id once
          System.out.println(new Load(port, 16).run(count, id -> from + id, 0, seconds(60)));
      case "paced",
          "held" -> { // PORT FROM COUNT RATE SECONDS [CONNECTIONS]: the ids in turn, after
        // two seconds to warm up, and, if held, after a line of input
        int rate = Integer.parseInt(arguments[4]);
        int seconds = Integer.parseInt(arguments[5]);
        Load load = new Load(port, arguments.length > 6 ? Integer.parseInt(arguments[6]) : 64);
        load.run(2 * rate, id -> from + id % count, rate, seconds(20));
        System.out.println("warm");
        if (arguments[0].equals("held")) {
          System.in.read();
        }
        System.out.println(
            load.run(seconds * rate, id -> from + id % count, rate, seconds(seconds + 30)));
      }
      case "burst" -> { // PORT FROM COUNT WARM: one id by as many callers, who all asked for WARM
        // before
        long warm = Long.parseLong(arguments[4]);
        Load load = new Load(port, count);
        load.run(5 * count, _ -> warm, 0, seconds(20));
        System.out.println(load.run(count, _ -> from, 0, seconds(90)));
      }
      case "cold" -> { // 0 FROM COUNT RATE SECONDS FRESH: the ids in turn, but every seventh time
        // one from FRESH on, at the port that a line of input names when it is there
        int rate = Integer.parseInt(arguments[4]);
        int seconds = Integer.parseInt(arguments[5]);
        long fresh = Long.parseLong(arguments[6]);
        LongUnaryOperator ids = i -> i % 7 == 0 ? fresh + i : from + i % count;
        System.out.println("waiting");
        Load load = new Load(new Scanner(System.in, StandardCharsets.UTF_8).nextInt(), 128);
        System.out.println(load.run(seconds * rate, ids, rate, seconds(seconds + 30)).ofColdPeer());
      }
      case "hang" -> { // PORT FROM COUNT: each id once by a caller of its own, until this process
        // is ended
        Load load = new Load(port, count);
        load.run(count, id -> from + id, 0, seconds(300));
      }
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }

  private static Duration seconds(int seconds) {
    return Duration.ofSeconds(seconds);
  }

  /** Sends requests at a rate, or at 0 as fast as there are connections, and awaits the answers. */
  private Figures run(int requests, LongUnaryOperator ids, int rate, Duration limit)
      throws InterruptedException {
    Figures run = new Figures(requests);
    figures = run;
    long start = System.nanoTime();
    long deadline = start + limit.toNanos();
    for (int i = 0; i < requests; i++) {
      long due = rate == 0 ? 0 : start + i * 1_000_000_000L / rate;
      while (rate != 0 && System.nanoTime() < due) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
      Connection connection = free.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (connection == null) {
        break;
      }
      connection.send(ids.applyAsLong(i), due);
    }
    run.awaitEnd(deadline);
    return run;
  }

  private void receive() {
    try {
      while (true) {
        selector.select(key -> ((Connection) key.attachment()).receive());
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What came of the requests of one run. */
  private static final class Figures {
    private final long[] nanos;
    private final long[] due;
    private final BitSet hits = new BitSet();
    private final Map<String, Integer> answers = new TreeMap<>();
    private int answered;
    private int ok;
    private int lost;
    private final long start = System.nanoTime();
    private long last = start;

    private Figures(int requests) {
      nanos = new long[requests];
      due = new long[requests];
    }

    private synchronized void answered(String answer, long sent) {
      boolean isOk = answer.startsWith("HTTP/1.1 200 ");
      if (answered < nanos.length) {
        answers.merge(nameOf(answer), 1, Integer::sum);
        last = System.nanoTime();
        hits.set(answered, answer.contains("; hit"));
        due[answered] = sent;
        nanos[answered++] = last - sent;
        ok += isOk ? 1 : 0;
        notifyAtEnd();
      }
    }

    /** Its status, and its problem's name where it is one. */
    private static String nameOf(String answer) {
      Matcher problem = PROBLEM.matcher(answer);
      return "status:" + answer.substring(9, 12) + (problem.find() ? ":" + problem.group(1) : "");
    }

    private synchronized void lost() {
      lost++;
      notifyAtEnd();
    }

    private void notifyAtEnd() {
      if (answered + lost >= nanos.length) {
        notifyAll();
      }
    }

    private synchronized void awaitEnd(long deadline) throws InterruptedException {
      long left = deadline - System.nanoTime();
      while (answered + lost < nanos.length && left > 0) {
        TimeUnit.NANOSECONDS.timedWait(this, left);
        left = deadline - System.nanoTime();
      }
      lost = nanos.length - answered;
    }

    private double millis(long[] sorted, double share) {
      int rank = Math.min(sorted.length - 1, (int) (share * sorted.length));
      return sorted.length == 0 ? Double.NaN : sorted[rank] / 1e6;
    }

    /** Hits, and all others by when they were due. */
    private synchronized String ofColdPeer() {
      long[] hit = sorted(hits::get);
      long[] other = sorted(i -> !hits.get(i));
      long[] first = sorted(i -> !hits.get(i) && due[i] - start < 1_000_000_000L);
      return "requests=%d hits=%d hits.p99=%.3f misses=%d misses.p99=%.3f first.p50=%.3f ok=%d"
          .formatted(
              answered,
              hit.length,
              millis(hit, 0.99),
              other.length,
              millis(other, 0.99),
              millis(first, 0.5),
              ok);
    }

    private long[] sorted(IntPredicate condition) {
      return IntStream.range(0, answered)
          .filter(condition)
          .mapToLong(i -> nanos[i])
          .sorted()
          .toArray();
    }

    @Override
    public synchronized String toString() {
      long[] sorted = sorted(_ -> true);
      return ("requests=%d seconds=%.3f p50=%.3f p99=%.3f p99.9=%.3f "
                  + "max=%.3f ok=%d refused=%d lost=%d start=%d last=%d")
              .formatted(
                  answered,
                  (last - start) / 1e9,
                  millis(sorted, 0.5),
                  millis(sorted, 0.99),
                  millis(sorted, 0.999),
                  millis(sorted, 1),
                  ok,
                  answered - ok,
                  lost,
                  start,
                  last)
          + answers.entrySet().stream()
              .map(answer -> " " + answer.getKey() + "=" + answer.getValue())
              .collect(Collectors.joining());
    }
  }

  /**
   * A connection that has at most one request under way, and is opened again when the peer closes
   * it.
   */
  private final class Connection {
    private final ByteBuffer input = ByteBuffer.allocate(16 * 1024);
    private SocketChannel channel;
    private boolean isBusy;
    private long sent;

    private synchronized void open() throws IOException {
      channel = SocketChannel.open(peer);
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.register(selector, SelectionKey.OP_READ, this);
      input.clear();
    }

    private synchronized void send(long id, long due) {
      String request = "GET /images/" + id + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
      isBusy = true;
      sent = due == 0 ? System.nanoTime() : due;
      try {
        if (!channel.isOpen()) {
          open();
        }
        channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.ISO_8859_1)));
      } catch (IOException e) {
        lose();
      }
    }

    private synchronized void receive() {
      try {
        if (channel.read(input) < 0) {
          lose();
          return;
        }
        String text = Message.text(input.array(), input.position());
        if (isBusy && Message.length(text) != Message.INCOMPLETE) {
          figures.answered(text, sent);
          input.clear();
          isBusy = false;
          if (text.toLowerCase(Locale.ROOT).contains("\r\nconnection: close\r\n")) {
            channel.close();
          }
          free.add(this);
        }
      } catch (IOException e) {
        lose();
      }
    }

    private void lose() {
      try {
        channel.close();
      } catch (IOException e) {
        // It is gone either way.
      }
      if (isBusy) {
        figures.lost();
        isBusy = false;
        free.add(this);
      }
    }
  }
}
