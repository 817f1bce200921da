import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Replicas of Cloakroom that share a Redis, in front of one vendor. */
final class Fleet implements AutoCloseable {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int JOB_SECONDS = 20;

  private final Path logs = Bench.OUTPUT.resolve("work");
  private final int vendorPort = Bench.freePort();
  private final int redisPort = Bench.freePort();
  private final List<Integer> ports = new ArrayList<>();
  private final List<Program> replicas = new ArrayList<>();
  private final Program vendor;
  private final Program redis;

  Fleet(int size) throws IOException, InterruptedException {
    vendor =
        Program.serve("vendor", logs.resolve("vendor.log"), Map.of(), Stage.vendor(vendorPort));
    Stage.await(vendor, vendorPort, "/control/reset");
    redis =
        Program.serve(
            "redis",
            logs.resolve("redis.log"),
            Map.of(),
            List.of(
                "redis-server",
                "--port",
                Integer.toString(redisPort),
                "--bind",
                "127.0.0.1",
                "--save",
                ""));
    for (int i = 0; i < size; i++) {
      int port = Bench.freePort();
      Program replica =
          Peer.CLOAKROOM.start(
              port,
              vendorPort,
              "--cloakroom.cluster.enabled=true",
              "--spring.data.redis.port=" + redisPort);
      Stage.await(replica, port, "/images/" + Stage.fresh(1));
      ports.add(port);
      replicas.add(replica);
    }
    // Until all know of all.
    Thread.sleep(3_000);
  }

  /** Callers wait, listen and poll at all replicas, for one image after the other. */
  Map<String, Double> followJobs() throws IOException, InterruptedException {
    for (int i = 0; i < 3; i++) {
      follow(2);
    }
    return follow(JOB_SECONDS);
  }

  private Map<String, Double> follow(int seconds) throws IOException, InterruptedException {
    control("set/processing/20");
    long id = Stage.fresh(1);
    String all =
        ports.stream().map(port -> Integer.toString(port)).collect(Collectors.joining(","));
    List<Program> pollers = new ArrayList<>();
    try (Program waiters = Stage.waiters(all, vendorPort, id, 1, 200, 100, 1)) {
      waiters.line("waiting", LIMIT);
      for (int port : ports) {
        pollers.add(Stage.ask(port, "paced", id, 1, 100 / ports.size(), seconds));
      }
      Thread.sleep(seconds * 1_000L);
      control("set/ok/20");
      Map<String, Double> answered =
          Stage.figures(waiters.line("requests=", LIMIT.plusSeconds(30)));
      Map<String, Double> figures = new LinkedHashMap<>();
      figures.put("vendor calls a job", (double) Stage.vendorCalls(vendorPort, id));
      figures.put("answered after the vendor, p99 ms", answered.get("p99"));
      figures.put("never answered", answered.get("lost"));
      return figures;
    } finally {
      pollers.forEach(Program::close);
    }
  }

  /** How many commands Redis gets for each hit. */
  double commandsForEachHit(int seconds) throws IOException {
    control("set/ok/0");
    long from = Stage.fresh(Stage.KNOWN_COUNT);
    Stage.load(ports.getFirst(), "once", from, Stage.KNOWN_COUNT);
    long before = commands();
    Map<String, Double> load = Stage.wrk(ports.getFirst(), from, Stage.KNOWN_COUNT, 32, seconds);
    return (commands() - before) / load.get("requests");
  }

  private long commands() {
    String info = Program.words("redis-cli", "-p", Integer.toString(redisPort), "info", "stats");
    return Long.parseLong(
        info.replaceFirst("(?s).*total_commands_processed:(\\d+).*", "$1").strip());
  }

  /** Reads at all replicas while Redis answers nothing. */
  Map<String, Double> goOnWithoutRedis(int seconds) throws IOException, InterruptedException {
    control("set/ok/20");
    long from = Stage.fresh(Stage.KNOWN_COUNT);
    for (int port : ports) {
      Stage.load(port, "once", from, Stage.KNOWN_COUNT);
    }
    long job = Stage.fresh(1);
    Map<String, Double> figures = new LinkedHashMap<>();
    redis.pause();
    try (Program hits =
            Stage.ask(ports.getFirst(), "paced", from, Stage.KNOWN_COUNT, 500, seconds);
        Program misses =
            Stage.ask(ports.getLast(), "paced", Stage.fresh(100_000), 100_000, 100, seconds, 512)) {
      Map<String, Double> hit = Stage.figures(hits.line("requests=", LIMIT.plusSeconds(seconds)));
      Map<String, Double> miss =
          Stage.figures(misses.line("requests=", LIMIT.plusSeconds(seconds)));
      figures.put("without Redis: p99 of hits, ms", hit.get("p99"));
      figures.put("without Redis: p99 of misses at a vendor of 20 ms, ms", miss.get("p99"));
      figures.put(
          "without Redis: reads that failed",
          hit.get("refused") + hit.get("lost") + miss.get("refused") + miss.get("lost"));
    } finally {
      redis.goOn();
    }
    figures.put("Redis back: all share again after, s", secondsUntilShared(job));
    return figures;
  }

  /** Until a new image that all replicas are asked for costs one call. */
  private double secondsUntilShared(long first) throws IOException, InterruptedException {
    long start = System.nanoTime();
    control("set/ok/300");
    for (long id = first; System.nanoTime() - start < LIMIT.toNanos(); id = Stage.fresh(1)) {
      List<Program> callers = new ArrayList<>();
      for (int port : ports) {
        callers.add(Stage.ask(port, "burst", id, 5, id));
      }
      for (Program caller : callers) {
        caller.line("requests=", LIMIT);
        caller.close();
      }
      if (Stage.vendorCalls(vendorPort, id) == 1) {
        return (System.nanoTime() - start) / 1e9;
      }
    }
    return Double.NaN;
  }

  private void control(String words) throws IOException {
    Stage.get(vendorPort, "/control/" + words);
  }

  @Override
  public void close() {
    replicas.forEach(Program::close);
    redis.close();
    vendor.kill();
  }
}
