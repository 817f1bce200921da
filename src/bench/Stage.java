import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;

/** One peer in front of the vendor, and the clients that ask it. */
final class Stage implements AutoCloseable {

  /** The first of the ids that are asked for before anything is measured. */
  static final long KNOWN = 10_001;

  static final int KNOWN_COUNT = 1_000;

  private static final Duration TIME_LIMIT = Duration.ofSeconds(60);

  private static long nextFresh = 1_000_000_000;

  private final Peer peer;
  private final int port = Bench.freePort();
  private final int vendorPort = Bench.freePort();
  private Program vendor;
  private Program server;

  Stage(Peer peer) {
    this.peer = peer;
  }

  /** Starts vendor and peer anew, fills the peer's cache, and makes it warm. */
  void open(int warmUpSeconds) throws IOException, InterruptedException {
    close();
    vendor =
        Program.serve(
            "vendor",
            Bench.OUTPUT.resolve("work").resolve("vendor.log"),
            Map.of(),
            vendor(vendorPort));
    await(vendor, vendorPort, "/control/reset");
    server = peer.start(port, vendorPort);
    await(server, port, "/images/" + KNOWN);
    // A miss goes a long way, which compilers get to in steps that are many seconds apart.
    warmUp(warmUpSeconds, 6, () -> wrk(fresh(20_000_000), 0, 32, 2));
    fill(KNOWN, KNOWN_COUNT);
    warmUp(warmUpSeconds, 3, () -> wrk(KNOWN, KNOWN_COUNT, 32, 2));
  }

  /** The command that starts a vendor. */
  static List<String> vendor(int port) {
    return Bench.java(
        "-XX:+UseSerialGC",
        "-Xmx512m",
        "-cp",
        Bench.CLASSES.toString(),
        "Vendor",
        Integer.toString(port));
  }

  private interface Slice {
    Map<String, Double> play() throws IOException;
  }

  /**
   * Plays slices of two seconds until so many in a row were no faster than one before, but ten
   * times as long at the most: JVMs take their time.
   */
  private static void warmUp(int minSeconds, int maxWithoutGain, Slice slice) throws IOException {
    double best = 0;
    int slicesWithoutGain = 0;
    for (int s = 0;
        s < 10 * minSeconds && (s < minSeconds || slicesWithoutGain < maxWithoutGain);
        s += 2) {
      double requests = slice.play().get("requests");
      slicesWithoutGain = requests > 1.05 * best ? 0 : slicesWithoutGain + 1;
      best = Math.max(best, requests);
    }
  }

  private void fill(long from, int count) throws IOException {
    Map<String, Double> filled = load("once", from, count);
    if (filled.get("ok") != count) {
      throw new IOException("only " + filled.get("ok") + " of " + count + " ids were answered");
    }
  }

  /** As many ids as that which nobody has asked for: the first. */
  static long fresh(long count) {
    long first = nextFresh;
    nextFresh += count;
    return first;
  }

  boolean isOpen() {
    return server != null && server.isAlive();
  }

  Program server() {
    return server;
  }

  /** Loads the peer as fast as it answers; with a count of 0, by ids never asked for. */
  Map<String, Double> wrk(long from, int count, int connections, int seconds) throws IOException {
    return wrk(port, from, count, connections, seconds);
  }

  /** With a caller's secret, the rest of the path, and many ids a request, where they are given. */
  static Map<String, Double> wrk(
      int port, long from, int count, int connections, int seconds, String... more)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.addAll(
        List.of(
            "wrk",
            "-t2",
            "-c" + connections,
            "-d" + seconds + "s",
            "--timeout",
            "20s",
            "--latency",
            "-s",
            Bench.SOURCES.resolve("wrk.lua").toString(),
            "http://127.0.0.1:" + port,
            "--",
            Long.toString(from),
            Integer.toString(count)));
    command.addAll(List.of(more));
    try (Program wrk = Program.ask(command)) {
      return figures(wrk.line("requests=", TIME_LIMIT.plusSeconds(seconds)));
    }
  }

  /** Loads the peer by requests for many ids each. */
  Map<String, Double> wrkMany(long from, int count, int each, int connections, int seconds)
      throws IOException {
    return wrk(port, from, count, connections, seconds, "", "", Integer.toString(each));
  }

  /** Starts the client for all that wrk cannot do. */
  Program ask(String scene, long from, int count, long... more) throws IOException {
    return ask(port, scene, from, count, more);
  }

  static Program ask(int port, String scene, long from, int count, long... more)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            Bench.java(
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "-cp",
                Bench.CLASSES.toString(),
                "Load",
                scene,
                Integer.toString(port),
                Long.toString(from),
                Integer.toString(count)));
    for (long argument : more) {
      command.add(Long.toString(argument));
    }
    return Program.ask(command);
  }

  /** Starts callers who wait for ids in turn, and listeners to them. */
  Program wait(long from, int ids, int waiters, int listeners) throws IOException {
    return waiters(Integer.toString(port), vendorPort, from, ids, waiters, listeners, 1);
  }

  /** Starts listeners to the events of many ids each. */
  Program listen(long from, int ids, int streams, int each) throws IOException {
    return waiters(Integer.toString(port), vendorPort, from, ids, 0, streams, each);
  }

  /** Starts callers at the ports in turn. */
  static Program waiters(String ports, int vendorPort, long... more) throws IOException {
    List<String> command =
        new ArrayList<>(
            Bench.java("-XX:+UseSerialGC", "-Xmx512m", "-cp", Bench.CLASSES.toString(), "Waiters"));
    command.add(ports);
    command.add(Integer.toString(vendorPort));
    LongStream.of(more).mapToObj(Long::toString).forEach(command::add);
    return Program.ask(command);
  }

  Map<String, Double> load(String scene, long from, int count, long... more) throws IOException {
    return load(port, scene, from, count, more);
  }

  static Map<String, Double> load(int port, String scene, long from, int count, long... more)
      throws IOException {
    try (Program load = ask(port, scene, from, count, more)) {
      return figures(load.line("requests=", TIME_LIMIT.multipliedBy(2)));
    }
  }

  static Map<String, Double> figures(String line) {
    Map<String, Double> figures = new TreeMap<>();
    for (String pair : line.split(" ")) {
      String[] parts = pair.split("=");
      figures.put(
          parts[0], parts[1].matches("-?[0-9.]+") ? Double.parseDouble(parts[1]) : Double.NaN);
    }
    return figures;
  }

  /** Makes the vendor answer like this from now on: ok, fail or hang. */
  void vendor(String mode, int delayMillis) throws IOException {
    get(vendorPort, "/control/reset");
    get(vendorPort, "/control/set/" + mode + "/" + delayMillis);
  }

  long vendorCalls() throws IOException {
    return Long.parseLong(get(vendorPort, "/control/calls").split(",")[0]);
  }

  long vendorWaiting() throws IOException {
    return Long.parseLong(get(vendorPort, "/control/calls").split(",")[1]);
  }

  long vendorCalls(long id) throws IOException {
    return vendorCalls(vendorPort, id);
  }

  static long vendorCalls(int vendorPort, long id) throws IOException {
    return Long.parseLong(get(vendorPort, "/control/calls/" + id).split(",")[0]);
  }

  /** When the vendor first answered for an id, on the clock of System.nanoTime(). */
  long vendorAnswered(long id) throws IOException {
    return Long.parseLong(get(vendorPort, "/control/calls/" + id).split(",")[1]);
  }

  void killVendor() {
    vendor.kill();
  }

  static String get(int port, String path) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection) URI.create("http://127.0.0.1:" + port + path).toURL().openConnection();
    connection.setConnectTimeout(1_000);
    connection.setReadTimeout(10_000);
    try (var body = connection.getInputStream()) {
      return new String(body.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  static void await(Program program, int port, String path)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TIME_LIMIT.toNanos();
    while (true) {
      try {
        get(port, path);
        return;
      } catch (IOException e) {
        if (!program.isAlive() || System.nanoTime() > deadline) {
          throw new IOException("did not start: see its log", e);
        }
        Thread.sleep(100);
      }
    }
  }

  @Override
  public void close() {
    if (server != null) {
      server.close();
    }
    if (vendor != null) {
      vendor.kill();
    }
  }
}
