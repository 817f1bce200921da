import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a run found, as a table, as raw figures and as a picture. */
final class Report {

  /** Figures that say it all without nginx's. */
  private static final List<String> ABSOLUTE =
      List.of(
          "errors",
          "never answered",
          "vendor calls",
          "hanging at the vendor",
          "share of its quiet rate",
          "answered 200, %");

  private static final List<Scene> HITS = List.of(Scene.HITS_32, Scene.HITS_128);

  private final List<Bench.Result> results;
  private final Figures figures;
  private final List<Peer> peers;
  private final List<Peer> skipped;
  private final String run;

  Report(
      List<Bench.Result> results, List<Peer> peers, List<Peer> skipped, int rounds, int seconds) {
    this.results = results;
    this.figures = new Figures(results);
    this.peers = peers;
    this.skipped = skipped;
    this.run =
        "%s; Java %s %s; medians of %d round%s of %d s"
            .formatted(
                machine(),
                Runtime.version(),
                Peer.javaOptions(),
                rounds,
                rounds == 1 ? "" : "s",
                seconds);
  }

  void write() throws IOException {
    Files.writeString(Bench.OUTPUT.resolve("table.md"), table());
    Files.writeString(Bench.OUTPUT.resolve("summary.txt"), new Summary(figures, peers).toString());
    Files.writeString(Bench.OUTPUT.resolve("figures.json"), json());
    if (figures.scenes().anyMatch(HITS::contains)) {
      Files.writeString(Bench.OUTPUT.resolve("hits.svg"), picture());
    }
  }

  /** As a share of nginx's; none where a figure says it all without. */
  private OptionalDouble ratio(Scene scene, Peer peer, String name) {
    return peer == Peer.NGINX || ABSOLUTE.contains(name)
        ? OptionalDouble.empty()
        : figures.ratio(scene, peer, Peer.NGINX, name);
  }

  private String table() {
    StringBuilder table = new StringBuilder();
    table.append(run).append(". In brackets: as a ratio to nginx in the same round.\n\n");
    table.append("| scene | figure |");
    peers.forEach(peer -> table.append(' ').append(peer.title()).append(" |"));
    table.append("\n| --- | --- |").append(" ---: |".repeat(peers.size())).append('\n');
    figures.scenes().forEach(scene -> rows(scene, table));
    table.append('\n');
    peers.forEach(peer -> table.append("- %s: %s\n".formatted(peer.title(), peer.version())));
    if (figures.scenes().anyMatch(Scene::isForAPod)) {
      table.append("- pod: %s\n".formatted(Pod.description()));
    }
    skipped.forEach(peer -> table.append("- %s: skipped, not installed\n".formatted(peer.title())));
    results.stream()
        .filter(result -> !result.problem().isEmpty())
        .forEach(
            result ->
                table.append(
                    "- %s, round %d, %s: %s\n"
                        .formatted(
                            result.peer().title(),
                            result.round(),
                            result.scene().title(),
                            result.problem())));
    return table.toString();
  }

  private void rows(Scene scene, StringBuilder table) {
    Set<String> names = figures.names(scene);
    if (names.isEmpty()) {
      names = Set.of("–");
    }
    String title = scene.title();
    for (String name : names) {
      table.append("| %s | %s |".formatted(title, name));
      for (Peer peer : peers) {
        table.append(' ').append(cell(scene, peer, name)).append(" |");
      }
      table.append('\n');
      title = "";
    }
  }

  private String cell(Scene scene, Peer peer, String name) {
    OptionalDouble value = figures.median(scene, peer, name);
    if (value.isEmpty()) {
      return "fails";
    }
    OptionalDouble ratio = ratio(scene, peer, name);
    String number = Figures.format(value.getAsDouble());
    return ratio.isEmpty()
        ? number
        : "%s (%s)".formatted(number, Figures.format(ratio.getAsDouble()));
  }

  private String json() {
    List<String> lines = new ArrayList<>();
    for (Bench.Result result : results) {
      String figures =
          result.figures().entrySet().stream()
              .map(figure -> quote(figure.getKey()) + ":" + jsonNumber(figure.getValue()))
              .collect(Collectors.joining(","));
      lines.add(
          "{\"round\":%d,\"scene\":%s,\"peer\":%s,\"figures\":{%s},\"problem\":%s}"
              .formatted(
                  result.round(),
                  quote(result.scene().option()),
                  quote(result.peer().title()),
                  figures,
                  quote(result.problem())));
    }
    return "{\"run\":%s,\"results\":[\n%s\n]}\n".formatted(quote(run), String.join(",\n", lines));
  }

  private static String jsonNumber(double value) {
    return Double.isFinite(value) ? Double.toString(value) : "null";
  }

  private static String quote(String text) {
    return '"'
        + text.replace("\\", "\\\\").replace("\"", "\\\"").replaceAll("\\p{Cntrl}", " ")
        + '"';
  }

  private String picture() {
    StringBuilder svg = new StringBuilder();
    int y = 62;
    for (Scene scene : figures.scenes().filter(HITS::contains).toList()) {
      svg.append(text("head", 16, y, scene.title()));
      y += 14;
      for (Peer peer : peers) {
        svg.append(text("name", 96, y + 14, peer.title()));
        bar(svg, scene, peer, "requests/s", 106, y);
        bar(svg, scene, peer, "p99 ms", 346, y);
        bar(svg, scene, peer, "server CPU s per 100,000", 586, y);
        y += 24;
      }
      y += 28;
    }
    return """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 820 %d">
        <title>Hits, compared</title>
    <style>
    text { font: 12px system-ui, sans-serif; fill: #1f2328; }
    .head { font-weight: 600; }
    .name { text-anchor: end; }
    .note { font-size: 10px; }
    .bar { fill: #9aa4af; }
    .ours { fill: #1a7f64; }
    @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .bar { fill: #6e7681; }
    .ours { fill: #3fb68b; }
    }
    </style>
    %s%s%s%s%s</svg>
    """
        .formatted(
            y + 4,
            text("head", 106, 28, "requests a second (more: better)"),
            text("head", 346, 28, "p99 in ms (less: better)"),
            text("head", 586, 28, "CPU s per 100,000 (less: better)"),
            svg,
            text("note", 16, y - 8, run));
  }

  private void bar(StringBuilder svg, Scene scene, Peer peer, String name, int x, int y) {
    OptionalDouble value = figures.median(scene, peer, name);
    double longest =
        HITS.stream()
            .flatMap(other -> peers.stream().map(one -> figures.median(other, one, name)))
            .mapToDouble(other -> other.orElse(0))
            .max()
            .orElse(1);
    double width = value.isEmpty() ? 0 : 160 * value.getAsDouble() / longest;
    svg.append(
        String.format(
            Locale.ROOT,
            "<rect class=\"bar%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"18\" rx=\"2\"/>\n",
            peer == Peer.CLOAKROOM ? " ours" : "",
            x,
            y,
            width));
    String label = value.isEmpty() ? "–" : Figures.format(value.getAsDouble());
    svg.append(text("value", x + (int) width + 5, y + 14, label));
  }

  private static String text(String style, int x, int y, String words) {
    String escaped = words.replace("&", "&amp;").replace("<", "&lt;");
    return "<text class=\"%s\" x=\"%d\" y=\"%d\">%s</text>\n".formatted(style, x, y, escaped);
  }

  private static String machine() {
    String model = System.getProperty("os.arch");
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      model =
          lines
              .filter(line -> line.startsWith("model name"))
              .map(line -> line.substring(line.indexOf(':') + 2))
              .findFirst()
              .orElse(model);
    } catch (IOException e) {
      // Not on Linux: the architecture must do.
    }
    return "%d cores of %s, %s %s"
        .formatted(
            Runtime.getRuntime().availableProcessors(),
            model,
            System.getProperty("os.name"),
            System.getProperty("os.version").replaceFirst("-.*", ""));
  }
}
