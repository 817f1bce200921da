import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/** What a run has measured, by scene, peer and name. */
record Figures(List<Bench.Result> results) {

  /** Requests a second. */
  static double rate(Map<String, Double> load) {
    return load.get("requests") / load.get("seconds");
  }

  /** Each figure's median. */
  static Map<String, Double> medians(List<Map<String, Double>> all) {
    Map<String, Double> medians = new LinkedHashMap<>();
    for (String name : names(all.stream())) {
      DoubleStream values =
          all.stream().filter(one -> one.containsKey(name)).mapToDouble(one -> one.get(name));
      medians.put(name, median(values).orElse(Double.NaN));
    }
    return medians;
  }

  private static OptionalDouble median(DoubleStream values) {
    double[] sorted = values.filter(Double::isFinite).sorted().toArray();
    int middle = sorted.length / 2;
    if (sorted.length == 0) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(
        sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2);
  }

  private static Set<String> names(Stream<Map<String, Double>> all) {
    return all.map(Map::keySet)
        .flatMap(Collection::stream)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  Stream<Scene> scenes() {
    return results.stream().map(Bench.Result::scene).distinct();
  }

  Set<String> names(Scene scene) {
    return names(
        results.stream().filter(result -> result.scene() == scene).map(Bench.Result::figures));
  }

  /** The median over the rounds. */
  OptionalDouble median(Scene scene, Peer peer, String name) {
    return median(values(scene, peer, name).mapToDouble(result -> result.figures().get(name)));
  }

  /** The median over the rounds of a figure as a share of another peer's in the same round. */
  OptionalDouble ratio(Scene scene, Peer peer, Peer other, String name) {
    Map<Integer, Double> others =
        values(scene, other, name)
            .collect(Collectors.toMap(Bench.Result::round, result -> result.figures().get(name)));
    ToDoubleFunction<Bench.Result> ratio =
        result -> result.figures().get(name) / others.getOrDefault(result.round(), Double.NaN);
    return median(values(scene, peer, name).mapToDouble(ratio));
  }

  private Stream<Bench.Result> values(Scene scene, Peer peer, String name) {
    return results.stream()
        .filter(result -> result.scene() == scene && result.peer() == peer)
        .filter(result -> result.figures().containsKey(name));
  }

  /** As tables and the chart have it. */
  static String format(double value) {
    if (value == Math.rint(value) || Math.abs(value) >= 100) {
      return String.format(Locale.ROOT, value == 1 ? "%.0f" : "%,.0f", value);
    }
    return String.format(Locale.ROOT, Math.abs(value) >= 10 ? "%.1f" : "%.2f", value);
  }
}
