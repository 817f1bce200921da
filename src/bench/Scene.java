import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What is measured, each as one thing that happens to a peer. */
enum Scene {
  HITS_32("hits over 1,000 ids, 32 connections") {
    @Override
    Map<String, Double> play(Stage stage, int seconds) throws IOException {
      return hits(stage, Stage.KNOWN_COUNT, 32, seconds);
    }
  },

  HITS_128("hits over 1,000 ids, 128 connections") {
    @Override
    Map<String, Double> play(Stage stage, int seconds) throws IOException {
      return hits(stage, Stage.KNOWN_COUNT, 128, seconds);
    }
  },

  HOT_ID("hits on one hot id, 32 connections") {
    @Override
    Map<String, Double> play(Stage stage, int seconds) throws IOException {
      return hits(stage, 1, 32, seconds);
    }
  },

  PACED("hits paced at 5,000 a second") {
    @Override
    Map<String, Double> play(Stage stage, int seconds) throws IOException {
      try (Program load = stage.ask("paced", Stage.KNOWN, Stage.KNOWN_COUNT, 5_000, seconds)) {
        load.line("warm", LIMIT);
        double before = stage.server().cpuSeconds();
        Map<String, Double> figures =
            Stage.figures(load.line("requests=", LIMIT.plusSeconds(seconds)));
        return throughput(stage, before, figures);
      }
    }
  },

  MISSES("misses at an instant vendor, 32 connections") {
    @Override
    Map<String, Double> play(Stage stage, int seconds) throws IOException {
      stage.vendor("ok", 0);
      return misses(stage, 32, seconds);
    }
  },

  SLOW_MISSES("512 concurrent misses at a vendor of 200 ms") {
    @Override
    Map<String, Double> play(Stage stage, int seconds) throws IOException {
      stage.vendor("ok", 200);
      return misses(stage, 512, seconds);
    }
  },

  TLS_MISSES("misses at a vendor that speaks TLS") {
    @Override
    Map<String, Double> play(Stage stage, int seconds) throws IOException, InterruptedException {
      try (Tls tls = new Tls()) {
        return tls.compare(seconds);
      }
    }
  },

  COLD_ID("500 at once on a cold id, vendor of 200 ms") {
    @Override
    Map<String, Double> play(Stage stage, int seconds) throws IOException {
      List<Map<String, Double>> bursts = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        stage.vendor("ok", 200);
        long id = Stage.fresh(1);
        Map<String, Double> burst = stage.load("burst", id, 500, Stage.KNOWN);
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("vendor calls", (double) stage.vendorCalls(id));
        figures.put(
            "last answered after the vendor, ms",
            (burst.get("last") - stage.vendorAnswered(id)) / 1e6);
        figures.put("errors", burst.get("refused") + burst.get("lost"));
        bursts.add(figures);
      }
      return Figures.medians(bursts);
    }
  },

  HANGING("hits at 32 connections while 400 misses hang") {
    @Override
    Map<String, Double> play(Stage stage, int seconds) throws IOException, InterruptedException {
      stage.vendor("ok", 0);
      int length = Math.min(seconds, 10);
      Map<String, Double> quiet = stage.wrk(Stage.KNOWN, Stage.KNOWN_COUNT, 32, length);
      stage.vendor("hang", 0);
      try (Program _ = stage.ask("hang", Stage.fresh(400), 400)) {
        for (int i = 0; i < 30 && stage.vendorWaiting() < 400; i++) {
          Thread.sleep(100);
        }
        double hanging = stage.vendorWaiting();
        double before = stage.server().cpuSeconds();
        Map<String, Double> load = stage.wrk(Stage.KNOWN, Stage.KNOWN_COUNT, 32, length);
        Map<String, Double> figures = throughput(stage, before, load);
        figures.put("share of its quiet rate", Figures.rate(load) / Figures.rate(quiet));
        figures.put("hanging at the vendor", hanging);
        return figures;
      }
    }
  },

  REFUSED_ID("500 at once on a cold id, vendor answers 500 after 200 ms") {
    @Override
    Map<String, Double> play(Stage stage, int seconds) throws IOException {
      stage.vendor("fail", 200);
      long id = Stage.fresh(1);
      Map<String, Double> burst = stage.load("burst", id, 500, Stage.KNOWN);
      Map<String, Double> figures = new LinkedHashMap<>();
      figures.put("vendor calls", (double) stage.vendorCalls(id));
      figures.put("all answered after, ms", (burst.get("last") - burst.get("start")) / 1e6);
      figures.put("never answered", burst.get("lost"));
      return figures;
    }
  },

  WAITERS("10,000 callers wait for 100 images") {
    @Override
    Map<String, Double> play(Stage stage, int seconds) throws IOException, InterruptedException {
      return waiting(stage, 100, 10_000, 0, 10);
    }
  },

  LISTENERS("500 callers wait for one image of 20 s, and 50 listen to it") {
    @Override
    Map<String, Double> play(Stage stage, int seconds) throws IOException, InterruptedException {
      return waiting(stage, 1, 500, 50, 18);
    }
  },

  GALLERY_HITS("hits of 30 ids a request, and of one, 32 connections") {
    @Override
    Map<String, Double> play(Stage stage, int seconds) throws IOException {
      stage.vendor("ok", 0);
      List<Map<String, Double>> turns = new ArrayList<>();
      stage.wrkMany(Stage.KNOWN, Stage.KNOWN_COUNT, GALLERY_HITS_IDS, 32, 3 * seconds);
      for (int i = 0; i < 5; i++) {
        Map<String, Double> many =
            stage.wrkMany(Stage.KNOWN, Stage.KNOWN_COUNT, GALLERY_HITS_IDS, 32, seconds);
        Map<String, Double> one = stage.wrk(Stage.KNOWN, Stage.KNOWN_COUNT, 32, seconds);
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("images/s, 30 a request", GALLERY_HITS_IDS * Figures.rate(many));
        figures.put("images/s, one a request", Figures.rate(one));
        figures.put("many to one", GALLERY_HITS_IDS * Figures.rate(many) / Figures.rate(one));
        figures.put("p99 ms, 30 a request", many.get("p99"));
        figures.put("errors", many.get("refused") + many.get("lost"));
        turns.add(figures);
      }
      if (stage.vendorCalls() > 0) {
        throw new IOException(
            stage.vendorCalls() + " calls to the vendor: these were not all hits");
      }
      return Figures.medians(turns);
    }
  },

  GALLERIES("1,000 event streams of 20 images each, 2,000 images in all") {
    @Override
    Map<String, Double> play(Stage stage, int seconds) throws IOException, InterruptedException {
      for (int i = 0; i < WAITING_WARM_UPS / 2; i++) {
        finish(stage, stage.listen(unfinished(stage, 2_000), 2_000, 200, 20), 1);
      }
      double memory = stage.server().memoryMebibytes();
      long from = unfinished(stage, 2_000);
      Map<String, Double> figures = new LinkedHashMap<>();
      try (Program all = stage.listen(from, 2_000, 1_000, 20)) {
        all.line("waiting", LIMIT);
        Thread.sleep(10_000);
        figures.put(
            "memory for each, KiB", (stage.server().memoryMebibytes() - memory) * 1024 / 1_000);
        figures.putAll(cpu("CPU while all wait", stage, 10));
        Map<String, Double> answered = finish(stage, all, 0);
        figures.put("answered after the vendor, p50 ms", answered.get("p50"));
        figures.put("answered after the vendor, p99 ms", answered.get("p99"));
        figures.put("last answered after, ms", answered.get("last"));
        figures.put("never answered", answered.get("lost"));
      }
      return figures;
    }
  },

  FLEET("300 callers wait for one image of 20 s or listen to it, and 100 a second poll it") {
    @Override
    Map<String, Double> play(Stage stage, int seconds) throws IOException, InterruptedException {
      Map<String, Double> figures = new LinkedHashMap<>();
      for (int size = 1; size <= 3; size++) {
        try (Fleet fleet = new Fleet(size)) {
          String replicas = size + (size == 1 ? " replica: " : " replicas: ");
          fleet.followJobs().forEach((name, figure) -> figures.put(replicas + name, figure));
          figures.put(replicas + "Redis's commands a hit", fleet.commandsForEachHit(seconds));
          if (size == 3) {
            figures.putAll(fleet.goOnWithoutRedis(10));
          }
        }
      }
      return figures;
    }
  },

  ACCESS("hits over 1,000 ids with a caller's secret, 32 connections") {
    @Override
    Map<String, Double> play(Stage stage, int seconds) throws IOException, InterruptedException {
      try (Access access = new Access()) {
        return access.hits(seconds);
      }
    }
  },

  PICTURES("pictures of 300 KB, 32 connections") {
    @Override
    Map<String, Double> play(Stage stage, int seconds) throws IOException, InterruptedException {
      try (Pictures pictures = new Pictures()) {
        return pictures.compare(seconds);
      }
    }
  },

  FULL("all bounds of a pod reached at once, and hits at 2,000 a second") {
    @Override
    Map<String, Double> play(Stage stage, int seconds) throws IOException, InterruptedException {
      return PodScenes.full(10 * seconds);
    }
  },

  CROWD("5,000 callers wait for 500 images within 5 s of a pod's start") {
    @Override
    Map<String, Double> play(Stage stage, int seconds) throws IOException, InterruptedException {
      return PodScenes.crowd();
    }
  },

  COLD("300 hits and 50 misses a second from the moment a pod is ready, vendor of 50 ms") {
    @Override
    Map<String, Double> play(Stage stage, int seconds) throws IOException, InterruptedException {
      return PodScenes.cold();
    }
  },

  DEAD_VENDOR("known ids at 1,000 a second, the vendor killed") {
    @Override
    Map<String, Double> play(Stage stage, int seconds) throws IOException {
      stage.killVendor();
      Map<String, Double> load =
          stage.load("paced", Stage.KNOWN, Stage.KNOWN_COUNT, 1_000, seconds);
      Map<String, Double> figures = new LinkedHashMap<>();
      figures.put("answered 200, %", 100 * load.get("ok") / (1_000 * seconds));
      figures.put("p50 ms", load.get("p50"));
      figures.put("p99 ms", load.get("p99"));
      return figures;
    }
  },

  FAULTS("hits at 2,000 a second while 3 in 10 of the misses' calls go wrong, 50 misses a second") {
    @Override
    Map<String, Double> play(Stage stage, int seconds) throws IOException {
      // What goes wrong has ways of its own, which compilers have not seen yet.
      stage.vendor("faults", 20);
      hitsDuringMisses(stage, FAULTS_PARTS * FAULTS_PART * seconds / 2, new TreeMap<>());
      List<Map<String, Double>> quiet = new ArrayList<>();
      List<Map<String, Double>> faulty = new ArrayList<>();
      Map<String, Double> misses = new TreeMap<>();
      // In turns, as what a machine does besides changes from minute to minute.
      for (int part = 0; part < FAULTS_PARTS; part++) {
        stage.vendor("ok", 20);
        quiet.add(hitsDuringMisses(stage, FAULTS_PART * seconds, new TreeMap<>()));
        stage.vendor("faults", 20);
        Map<String, Double> missesNow = new TreeMap<>();
        faulty.add(hitsDuringMisses(stage, FAULTS_PART * seconds, missesNow));
        missesNow.forEach(
            (name, value) ->
                misses.merge(name, value, name.equals("max") ? Double::max : Double::sum));
      }
      double p99 = Figures.medians(faulty).get("p99");
      double quietP99 = Figures.medians(quiet).get("p99");
      Map<String, Double> figures = new LinkedHashMap<>();
      figures.put("p99 of hits, ms", p99);
      figures.put("p99 of hits without faults, ms", quietP99);
      figures.put("p99 of hits with faults to without", p99 / quietP99);
      figures.put(
          "hits not answered 200",
          faulty.stream().mapToDouble(hits -> hits.get("refused") + hits.get("lost")).sum());
      figures.put("misses", misses.get("requests"));
      figures.put("misses never answered", misses.get("lost"));
      figures.put("longest miss, s", misses.get("max") / 1_000);
      misses.forEach(
          (name, count) -> {
            if (name.startsWith("status:")) {
              figures.put("misses answered " + name.substring("status:".length()), count);
            }
          });
      return figures;
    }
  };

  /** Each way, with and without; figures are medians of them. */
  private static final int FAULTS_PARTS = 5;

  /** Length of a part, as a share of other scenes' length: 12 s where those take 3. */
  private static final int FAULTS_PART = 4;

  private static final int WAITING_WARM_UPS = 10;

  private static final int GALLERY_HITS_IDS = 30;

  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final String title;

  Scene(String title) {
    this.title = title;
  }

  /** Figures by name; throws where the peer cannot do it. */
  abstract Map<String, Double> play(Stage stage, int seconds)
      throws IOException, InterruptedException;

  String title() {
    return title;
  }

  String option() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Whether it needs a peer that has not yet seen its vendor fail or hang. */
  boolean isForAFreshPeer() {
    return this == REFUSED_ID || isForCloakroomAlone();
  }

  /** Whether it asks for what other peers do not have, such as letting callers wait. */
  boolean isForCloakroomAlone() {
    return this == WAITERS
        || this == LISTENERS
        || this == GALLERY_HITS
        || this == GALLERIES
        || startsItsOwnPeers();
  }

  boolean startsItsOwnPeers() {
    return this == FLEET || this == ACCESS || this == PICTURES || this == TLS_MISSES || isForAPod();
  }

  /** Whether it runs the image. */
  boolean isForAPod() {
    return this == FULL || this == CROWD || this == COLD;
  }

  /** Whether it is played only when asked for, as it takes a minute or more. */
  boolean isOnDemand() {
    return this == FAULTS || startsItsOwnPeers();
  }

  private static Map<String, Double> hits(Stage stage, int ids, int connections, int seconds)
      throws IOException {
    stage.vendor("ok", 0);
    stage.wrk(Stage.KNOWN, ids, connections, 1);
    double before = stage.server().cpuSeconds();
    Map<String, Double> load = stage.wrk(Stage.KNOWN, ids, connections, seconds);
    Map<String, Double> figures = throughput(stage, before, load);
    if (stage.vendorCalls() > 0) {
      throw new IOException(stage.vendorCalls() + " calls to the vendor: these were not all hits");
    }
    return figures;
  }

  private static Map<String, Double> misses(Stage stage, int connections, int seconds)
      throws IOException {
    stage.wrk(Stage.fresh(20_000_000), 0, connections, 1);
    double before = stage.server().cpuSeconds();
    Map<String, Double> load = stage.wrk(Stage.fresh(20_000_000), 0, connections, seconds);
    return throughput(stage, before, load);
  }

  private static Map<String, Double> waiting(
      Stage stage, int ids, int waiters, int listeners, int idleSeconds)
      throws IOException, InterruptedException {
    // Waiting and its answers are compiled in steps, too, which take some thousands of callers.
    for (int i = 0; i < WAITING_WARM_UPS; i++) {
      finish(stage, stage.wait(unfinished(stage, ids), ids, 2_000, listeners), 1);
    }
    double memory = stage.server().memoryMebibytes();
    long from = unfinished(stage, ids);
    Map<String, Double> figures = new LinkedHashMap<>();
    try (Program all = stage.wait(from, ids, waiters, listeners)) {
      all.line("waiting", LIMIT);
      Thread.sleep(2_000);
      figures.putAll(cpu("CPU while all wait", stage, idleSeconds));
      if (idleSeconds < 15) {
        // By then jobs are fetched less often, and compilers are done with all that came at once.
        Thread.sleep(18_000);
        figures.putAll(cpu("CPU after 30 s", stage, idleSeconds));
      }
      figures.put(
          "memory for each, KiB",
          (stage.server().memoryMebibytes() - memory) * 1024 / (waiters + listeners));
      figures.put("vendor calls an image", (double) stage.vendorCalls() / ids);
      Map<String, Double> answered = finish(stage, all, 0);
      figures.put("answered after the vendor, p50 ms", answered.get("p50"));
      figures.put("answered after the vendor, p99 ms", answered.get("p99"));
      figures.put("last answered after, ms", answered.get("last"));
      figures.put("never answered", answered.get("lost"));
    }
    return figures;
  }

  /** While nothing is done to it: the whole, and what of it compilers took. */
  private static Map<String, Double> cpu(String name, Stage stage, int seconds)
      throws InterruptedException {
    Program server = stage.server();
    double all = server.cpuSeconds();
    double compilers = server.compilerSeconds();
    Thread.sleep(seconds * 1_000L);
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put(name + ", %", (server.cpuSeconds() - all) * 100 / seconds);
    figures.put(
        name + ", of it compilers', %", (server.compilerSeconds() - compilers) * 100 / seconds);
    return figures;
  }

  private static long unfinished(Stage stage, int ids) throws IOException {
    stage.vendor("processing", 0);
    return Stage.fresh(ids);
  }

  private static Map<String, Double> finish(Stage stage, Program waiters, int seconds)
      throws IOException, InterruptedException {
    if (seconds > 0) {
      waiters.line("waiting", LIMIT);
      Thread.sleep(seconds * 1_000L);
    }
    stage.vendor("ok", 0);
    return Stage.figures(waiters.line("requests=", LIMIT.plusSeconds(30)));
  }

  private static Map<String, Double> hitsDuringMisses(
      Stage stage, int seconds, Map<String, Double> misses) throws IOException {
    Duration limit = LIMIT.plusSeconds(seconds);
    try (Program miss = stage.ask("paced", Stage.fresh(1_000_000), 1_000_000, 50, seconds, 512);
        Program hit = stage.ask("paced", Stage.KNOWN, Stage.KNOWN_COUNT, 2_000, seconds)) {
      Map<String, Double> hits = Stage.figures(hit.line("requests=", limit));
      misses.putAll(Stage.figures(miss.line("requests=", limit)));
      return hits;
    }
  }

  private static Map<String, Double> throughput(
      Stage stage, double cpuBefore, Map<String, Double> load) {
    double cpu = stage.server().cpuSeconds() - cpuBefore;
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("requests/s", Figures.rate(load));
    figures.put("p50 ms", load.get("p50"));
    figures.put("p99 ms", load.get("p99"));
    figures.put("p99.9 ms", load.get("p99.9"));
    figures.put("server CPU s per 100,000", cpu / load.get("requests") * 100_000);
    figures.put("memory MiB", stage.server().memoryMebibytes());
    figures.put("errors", load.get("refused") + load.get("lost"));
    return figures;
  }
}
