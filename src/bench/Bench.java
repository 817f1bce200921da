import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Plays every scene to every peer in turn, some rounds of it, and reports what was measured. */
final class Bench {

  static final Path SOURCES = Path.of("src/bench");
  static final Path OUTPUT = Path.of("target/bench");
  static final Path CLASSES = OUTPUT.resolve("classes");

  private static final Map<String, String> DEFAULTS = new LinkedHashMap<>();

  static {
    DEFAULTS.put("rounds", "3");
    DEFAULTS.put("seconds", "3");
    DEFAULTS.put("warm-up", "6");
    DEFAULTS.put("peers", names(Stream.of(Peer.values()).map(Peer::title)));
    DEFAULTS.put(
        "scenes",
        names(Stream.of(Scene.values()).filter(scene -> !scene.isOnDemand()).map(Scene::option)));
  }

  private final int seconds;
  private final int warmUpSeconds;
  private final List<Scene> scenes;
  private final List<Result> results = new ArrayList<>();

  private Bench(Map<String, String> options) {
    seconds = Integer.parseInt(options.get("seconds"));
    warmUpSeconds = Integer.parseInt(options.get("warm-up"));
    scenes = chosen(Scene.values(), Scene::option, options.get("scenes"));
  }

  /** One scene as one peer played it in one round: figures by name, or why there are none. */
  record Result(int round, Scene scene, Peer peer, Map<String, Double> figures, String problem) {}

  public static void main(String[] arguments) throws Exception {
    Map<String, String> options = new LinkedHashMap<>(DEFAULTS);
    for (String argument : arguments) {
      String[] parts = argument.replaceFirst("^--", "").split("=", 2);
      if (parts.length < 2 || !options.containsKey(parts[0])) {
        System.out.println("Options, with their defaults:");
        DEFAULTS.forEach((name, value) -> System.out.println("  --" + name + "=" + value));
        System.out.println(
            "More scenes: "
                + names(Stream.of(Scene.values()).filter(Scene::isOnDemand).map(Scene::option)));
        System.exit(2);
      }
      options.put(parts[0], parts[1]);
    }
    int rounds = Integer.parseInt(options.get("rounds"));
    List<Peer> chosen = chosen(Peer.values(), Peer::title, options.get("peers"));
    List<Peer> peers = chosen.stream().filter(Peer::isInstalled).toList();
    List<Peer> skipped = chosen.stream().filter(peer -> !peer.isInstalled()).toList();
    skipped.forEach(peer -> say("skipped, as it is not installed: " + peer.title()));

    Files.createDirectories(OUTPUT.resolve("work"));
    Bench bench = new Bench(options);
    for (int round = 1; round <= rounds; round++) {
      bench.play(round, peers);
      // After each round, so that an interrupted run has something to show.
      new Report(bench.results, peers, skipped, round, bench.seconds).write();
    }
    System.out.println(Files.readString(OUTPUT.resolve("table.md")));
    System.out.print(Files.readString(OUTPUT.resolve("summary.txt")));
  }

  /**
   * The peers stay up for a round, and take turns scene by scene: what is compared is measured
   * close together.
   */
  private void play(int round, List<Peer> peers) throws InterruptedException {
    Map<Peer, Stage> stages = new EnumMap<>(Peer.class);
    peers.forEach(peer -> stages.put(peer, new Stage(peer)));
    try {
      for (Scene scene : scenes) {
        for (Peer peer : peers) {
          if (scene.isForCloakroomAlone() && peer != Peer.CLOAKROOM) {
            continue;
          }
          results.add(play(round, scene, peer, stages.get(peer)));
        }
      }
    } finally {
      stages.values().forEach(Stage::close);
    }
  }

  private Result play(int round, Scene scene, Peer peer, Stage stage) throws InterruptedException {
    try {
      if (scene.startsItsOwnPeers()) {
        stage.close();
      } else if (!stage.isOpen() || scene.isForAFreshPeer()) {
        stage.open(scene == Scene.REFUSED_ID ? Math.min(2, warmUpSeconds) : warmUpSeconds);
      }
      Map<String, Double> figures = scene.play(stage, seconds);
      say("round %d, %s, %s: %s".formatted(round, scene.option(), peer.title(), figures));
      return new Result(round, scene, peer, figures, "");
    } catch (IOException | RuntimeException e) {
      say("round %d, %s, %s: %s".formatted(round, scene.option(), peer.title(), e));
      return new Result(round, scene, peer, Map.of(), String.valueOf(e.getMessage()));
    }
  }

  /** The command that starts this Java, with arguments. */
  static List<String> java(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(arguments));
    return command;
  }

  /** A port that is free on every address: callers of an earlier scene had several. */
  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static <T> List<T> chosen(T[] all, Function<T, String> name, String names) {
    Map<String, T> known = Stream.of(all).collect(Collectors.toMap(name, Function.identity()));
    Set<String> wanted = new LinkedHashSet<>(List.of(names.split(",")));
    if (!known.keySet().containsAll(wanted)) {
      throw new IllegalArgumentException(
          names + ": choose from " + names(Stream.of(all).map(name)));
    }
    return Stream.of(all).filter(one -> wanted.contains(name.apply(one))).toList();
  }

  private static String names(Stream<String> names) {
    return names.collect(Collectors.joining(","));
  }

  private static void say(String words) {
    System.err.println("bench: " + words);
  }
}
