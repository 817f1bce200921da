import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** What one pod of the chart must live through. */
final class PodScenes {

  /** A share of the callers, to try the scenes. */
  private static final double SHARE =
      Double.parseDouble(System.getenv().getOrDefault("BENCH_SHARE", "1"));

  /** Requests that never end: more than the connections that the server takes. */
  private static final int UNFINISHED =
      Integer.parseInt(System.getenv().getOrDefault("BENCH_CONNECTIONS", "10000"));

  /** By its first digit the vendor's mode "mixed" knows what an image is. */
  private static final long FINISHED = 10_000_001;

  private static final long PROCESSING = 20_000_001;
  private static final long HANGING = 30_000_001;

  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final int BATCH = 1_000;

  private PodScenes() {}

  /** All bounds are reached at once, and hits come on top. */
  static Map<String, Double> full(int seconds) throws IOException, InterruptedException {
    int images = share(100);
    // Those who ask without a wait fill 256 connections to the vendor and 1,024 places in the queue
    // for them, and all others the rest of 5,000 places.
    Crowd.Size size =
        new Crowd.Size(share(3_220), share(500), share(1_400), share(UNFINISHED), 0, seconds + 5);
    Map<String, Double> figures = new LinkedHashMap<>();
    try (Pod pod = new Pod("mixed", 0)) {
      int known = fillCache(pod);
      Stage.load(pod.port(), "once", PROCESSING, images);
      try (Program hits = Stage.ask(pod.port(), "held", FINISHED, known, 2_000, seconds);
          Program crowd = Crowd.start(pod.port(), PROCESSING, images, HANGING, size)) {
        hits.line("warm", LIMIT);
        crowd.line("full", LIMIT);
        hits.say("go on");
        Map<String, Double> held = held(pod);
        Duration limit = LIMIT.plusSeconds(seconds);
        Map<String, Double> hit = Stage.figures(hits.line("requests=", limit));
        Map<String, Double> answered = Stage.figures(crowd.line("answered=", limit));
        figures.putAll(outcome(pod));
        figures.put("hits answered 200", hit.get("ok"));
        figures.put("hits not answered 200", hit.get("refused") + hit.get("lost"));
        figures.put("p99 of hits, ms", hit.get("p99"));
        figures.putAll(held);
        addAnswers("status:", "hits: ", hit, figures);
        for (Crowd.Kind kind : Crowd.Kind.values()) {
          addAnswers(kind + ":", kind + ": ", answered, figures);
        }
      }
    }
    return figures;
  }

  /** 5,000 callers wait for 500 images of a pod that was ready just now. */
  static Map<String, Double> crowd() throws IOException, InterruptedException {
    Crowd.Size size = new Crowd.Size(share(5_000), 0, 0, 0, 4_000, 70);
    Map<String, Double> figures = new LinkedHashMap<>();
    try (Pod pod = new Pod("processing", 200);
        Program crowd = Crowd.start(pod.port(), PROCESSING, share(500), HANGING, size)) {
      crowd.line("full", LIMIT);
      Thread.sleep(6_000);
      pod.setVendor("ok", 200);
      long ready = System.nanoTime();
      Map<String, Double> answered = Stage.figures(crowd.line("answered=", LIMIT));
      figures.put("answered 503", sum("waiter:503", answered));
      figures.put("never answered", size.waiters() - answered.get("answered"));
      figures.put(
          "last answered after the images were ready, s", (answered.get("last") - ready) / 1e9);
      addAnswers("waiter:", "answered ", answered, figures);
      figures.putAll(outcome(pod));
    }
    return figures;
  }

  /** 300 hits and 50 misses a second for 10 s, from the moment a pod is ready. */
  static Map<String, Double> cold() throws IOException, InterruptedException {
    int delay = 50;
    int rate = 350;
    int seconds = 10;
    Map<String, Double> figures = new LinkedHashMap<>();
    try (Program load = Stage.ask(0, "cold", FINISHED, 1, rate, seconds, FINISHED + 1)) {
      // Its own start takes nothing from the pod's.
      load.line("waiting", LIMIT);
      try (Pod pod = new Pod("ok", delay)) {
        load.say(Integer.toString(pod.port()));
        Map<String, Double> answered = Stage.figures(load.line("requests=", LIMIT));
        figures.put("ready after, s", pod.readySeconds());
        figures.put(
            "misses above the vendor, first second, p50 ms", answered.get("first.p50") - delay);
        figures.put("misses above the vendor, p99 ms", answered.get("misses.p99") - delay);
        figures.put("p99 of hits, ms", answered.get("hits.p99"));
        figures.put("hits", answered.get("hits"));
        figures.put("misses", answered.get("misses"));
        figures.put("not answered 200", rate * seconds - answered.get("ok"));
        figures.putAll(outcome(pod));
      }
    }
    return figures;
  }

  private static int share(int callers) {
    return Math.max(1, (int) (SHARE * callers));
  }

  /** With links as long as they may be; returns how many of the first are surely remembered. */
  private static int fillCache(Pod pod) throws IOException {
    int batch = share(BATCH);
    double bytes = 0;
    double gain = batch;
    // When it is full, each image takes another's place.
    for (long from = FINISHED; gain >= batch && from < FINISHED + 20L * batch; from += batch) {
      Stage.load(pod.port(), "once", from, batch);
      double now = pod.metric("cloakroom_cache_bytes");
      gain = now - bytes;
      bytes = now;
    }
    int known = batch / 2;
    // Asked for more often than all others, so that they stay.
    for (int i = 0; i < 4; i++) {
      Stage.load(pod.port(), "once", FINISHED, known);
    }
    return known;
  }

  /** The most of three moments, while those who hang still do. */
  private static Map<String, Double> held(Pod pod) throws InterruptedException {
    Map<String, Double> held = new LinkedHashMap<>();
    for (int i = 0; i < 3; i++) {
      Thread.sleep(1_500);
      double cache = pod.metric("cloakroom_cache_bytes") / 1024 / 1024;
      held.merge("at once: cache, MiB", cache, Double::max);
      held.merge("at once: callers who wait", pod.metric("cloakroom_waiters"), Double::max);
      held.merge("at once: event streams", pod.metric("cloakroom_streams"), Double::max);
      held.merge("at once: calls in flight", calls(pod, "in-flight"), Double::max);
      held.merge("at once: calls in the queue", calls(pod, "waiting"), Double::max);
    }
    return held;
  }

  private static double calls(Pod pod, String state) {
    return pod.metric("cloakroom_upstream_calls{state=\"" + state);
  }

  private static Map<String, Double> outcome(Pod pod) {
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("ended by itself", pod.isAlive() ? 0.0 : 1.0);
    // Files that were in memory before count for nobody's control group, but for the resident set.
    double peak = Math.max(pod.peakMebibytes(), pod.peakResidentMebibytes());
    figures.put("peak memory, % of the limit", 100 * peak / Pod.limitMebibytes());
    figures.put("peak of the container's memory, MiB", pod.peakMebibytes());
    figures.put("peak of the resident set, MiB", pod.peakResidentMebibytes());
    return figures;
  }

  private static double sum(String start, Map<String, Double> answered) {
    return answered.entrySet().stream()
        .filter(answers -> answers.getKey().startsWith(start))
        .mapToDouble(Map.Entry::getValue)
        .sum();
  }

  private static void addAnswers(
      String prefix, String title, Map<String, Double> from, Map<String, Double> to) {
    from.forEach(
        (name, count) -> {
          if (name.startsWith(prefix)) {
            to.put(title + name.substring(prefix.length()), count);
          }
        });
  }
}
