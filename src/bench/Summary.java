import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Stream;

/** A run at a glance: the figures that matter most, and whether ours or a peer's is better. */
final class Summary {

  /** Those of a scene that has them. */
  private static final List<String> NAMES =
      List.of(
          "requests/s",
          "p99 ms",
          "server CPU s per 100,000",
          "vendor calls",
          "last answered after the vendor, ms",
          "all answered after, ms",
          "answered 200, %");

  private static final Set<String> MORE_IS_BETTER = Set.of("requests/s", "answered 200, %");

  /** Less is what a machine does besides. */
  private static final double DIFFERENCE = 0.05;

  private enum Mark {
    BETTER("+"),
    SAME("="),
    WORSE("-"),
    UNKNOWN(" ");

    private final String sign;

    Mark(String sign) {
      this.sign = sign;
    }
  }

  private final Figures figures;
  private final List<Peer> peers;
  private final List<Peer> others;

  Summary(Figures figures, List<Peer> peers) {
    this.figures = figures;
    this.peers = peers;
    this.others = peers.stream().filter(peer -> peer != Peer.CLOAKROOM).toList();
  }

  /** In ASCII, for any terminal; the empty text where there is nothing to compare. */
  @Override
  public String toString() {
    if (scenes().findAny().isEmpty() || others.isEmpty() || !peers.contains(Peer.CLOAKROOM)) {
      return "";
    }
    StringBuilder text =
        new StringBuilder("At a glance: ours is + better, - worse, = the same within 5 %\n\n");
    text.append("%48s".formatted(Peer.CLOAKROOM.title()));
    others.forEach(peer -> text.append("%12s  ".formatted(peer.title())));
    text.append('\n');
    scenes().forEach(scene -> rows(scene, text));
    text.append('\n');
    others.forEach(peer -> text.append(total(peer)));
    return text.toString();
  }

  private Stream<Scene> scenes() {
    return figures.scenes().filter(scene -> !scene.isForCloakroomAlone());
  }

  private Stream<String> names(Scene scene) {
    return NAMES.stream().filter(figures.names(scene)::contains);
  }

  private void rows(Scene scene, StringBuilder text) {
    text.append(scene.title()).append('\n');
    names(scene)
        .forEach(
            name -> {
              text.append("  %-34s%12s".formatted(name, number(scene, Peer.CLOAKROOM, name)));
              others.forEach(peer -> text.append(cell(scene, peer, name)));
              text.append('\n');
            });
  }

  private String cell(Scene scene, Peer peer, String name) {
    return "%12s %s".formatted(number(scene, peer, name), mark(scene, peer, name).sign);
  }

  private String number(Scene scene, Peer peer, String name) {
    OptionalDouble value = figures.median(scene, peer, name);
    return value.isEmpty() ? "fails" : Figures.format(value.getAsDouble());
  }

  /** How ours is, compared in each round. */
  private Mark mark(Scene scene, Peer peer, String name) {
    boolean isOurs = figures.median(scene, Peer.CLOAKROOM, name).isPresent();
    boolean isTheirs = figures.median(scene, peer, name).isPresent();
    if (!isOurs || !isTheirs) {
      return isOurs ? Mark.BETTER : isTheirs ? Mark.WORSE : Mark.UNKNOWN;
    }
    OptionalDouble ratio = figures.ratio(scene, Peer.CLOAKROOM, peer, name);
    if (ratio.isEmpty()) {
      return Mark.UNKNOWN;
    }
    double gain = MORE_IS_BETTER.contains(name) ? ratio.getAsDouble() : 1 / ratio.getAsDouble();
    if (gain > 1 + DIFFERENCE) {
      return Mark.BETTER;
    }
    return gain < 1 / (1 + DIFFERENCE) ? Mark.WORSE : Mark.SAME;
  }

  private String total(Peer peer) {
    return "compared with %s: %d better, %d the same, %d worse\n"
        .formatted(
            peer.title(),
            count(peer, Mark.BETTER),
            count(peer, Mark.SAME),
            count(peer, Mark.WORSE));
  }

  private long count(Peer peer, Mark mark) {
    return scenes()
        .flatMap(scene -> names(scene).map(name -> mark(scene, peer, name)))
        .filter(mark::equals)
        .count();
  }
}
