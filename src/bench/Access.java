import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Two Cloakrooms in front of one vendor: one asks callers for a secret, the other nobody. */
final class Access implements AutoCloseable {

  private static final int CONNECTIONS = 32;
  private static final int WARM_UPS = 8;
  private static final int TURNS = 5;
  private static final int CALLERS = 20;

  private final int vendorPort = Bench.freePort();
  private final int closedPort = Bench.freePort();
  private final int openPort = Bench.freePort();
  private final Path callers = Bench.OUTPUT.resolve("work").resolve("callers");
  private final List<Program> programs = new ArrayList<>();

  Access() throws IOException, InterruptedException {
    Files.createDirectories(callers);
    for (int i = 0; i < CALLERS; i++) {
      Files.writeString(callers.resolve("caller-" + i), secret(i));
    }
    Path logs = Bench.OUTPUT.resolve("work");
    Program vendor =
        Program.serve("vendor", logs.resolve("vendor.log"), Map.of(), Stage.vendor(vendorPort));
    programs.add(vendor);
    Stage.await(vendor, vendorPort, "/control/reset");
    Program closed =
        Peer.CLOAKROOM.start(
            closedPort, vendorPort, "--cloakroom.access.caller-directory=" + callers);
    programs.add(closed);
    awaitPort(closed, closedPort);
    Program open = Peer.CLOAKROOM.start(openPort, vendorPort);
    programs.add(open);
    Stage.await(open, openPort, "/images/" + Stage.KNOWN);
  }

  /** It answers nobody without a secret. */
  private static void awaitPort(Program program, int port)
      throws IOException, InterruptedException {
    for (int i = 0; i < 600 && program.isAlive(); i++) {
      try (var _ = new Socket("127.0.0.1", port)) {
        return;
      } catch (IOException _) {
        Thread.sleep(100);
      }
    }
    throw new IOException("did not start: see its log");
  }

  /** Visible characters, as many as those of openssl rand -hex 32. */
  private static String secret(int caller) {
    return "%064x".formatted(0x5eed0000L + caller);
  }

  /** Hits with a secret and without one to check, in turns; figures are medians of them. */
  Map<String, Double> hits(int seconds) throws IOException {
    for (int i = 0; i < WARM_UPS; i++) {
      closed(2);
      open(2);
    }
    List<Map<String, Double>> turns = new ArrayList<>();
    for (int i = 0; i < TURNS; i++) {
      double closed = closed(seconds);
      double open = open(seconds);
      Map<String, Double> figures = new LinkedHashMap<>();
      figures.put("with a secret, requests/s", closed);
      figures.put("where everybody may ask, requests/s", open);
      figures.put("with a secret to without", closed / open);
      turns.add(figures);
    }
    return Figures.medians(turns);
  }

  private double closed(int seconds) throws IOException {
    return rate(
        Stage.wrk(
            closedPort, Stage.KNOWN, Stage.KNOWN_COUNT, CONNECTIONS, seconds, secret(CALLERS - 1)));
  }

  private double open(int seconds) throws IOException {
    return rate(Stage.wrk(openPort, Stage.KNOWN, Stage.KNOWN_COUNT, CONNECTIONS, seconds));
  }

  private static double rate(Map<String, Double> load) throws IOException {
    if (load.get("refused") + load.get("lost") > 0) {
      throw new IOException("not all were answered 200: " + load);
    }
    return Figures.rate(load);
  }

  @Override
  public void close() {
    programs.reversed().forEach(Program::close);
  }
}
