import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Cloakroom and nginx in front of one vendor behind an edge that speaks TLS; needs openssl. */
final class Tls implements AutoCloseable {

  private static final int WARM_UPS = 20;

  /** By then it has made its folders. */
  private static final int NGINX_WARM_UPS = 10;

  private final Path work = Peer.emptyFolder("tls");
  private final int vendorPort = Bench.freePort();
  private final int edgePort = Bench.freePort();
  private final int cloakroomPort = Bench.freePort();
  private final int nginxPort = Bench.freePort();
  private final List<Program> programs = new ArrayList<>();
  private final Program cloakroom;
  private final Program nginx;

  Tls() throws IOException, InterruptedException {
    Path certificate = work.resolve("certificate.pem");
    Program.words(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "7",
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost",
        "-keyout",
        work.resolve("key.pem").toString(),
        "-out",
        certificate.toString());
    Program vendor = start("vendor", Stage.vendor(vendorPort));
    Stage.await(vendor, vendorPort, "/control/reset");
    start("edge", nginx(Peer.fillIn("edge.conf", edgePort, vendorPort, work)));
    cloakroom = start("cloakroom-tls", cloakroom(certificate));
    nginx = start("nginx-tls", nginx(overTls(certificate)));
    Stage.await(cloakroom, cloakroomPort, "/images/" + Stage.KNOWN);
    Stage.await(nginx, nginxPort, "/images/" + Stage.KNOWN);
  }

  private Program start(String name, List<String> command) throws IOException {
    Path log = Bench.OUTPUT.resolve("work").resolve(name + ".log");
    Program program = Program.serve(name, log, Map.of("CLOAKROOM_API_KEY", "bench"), command);
    programs.add(program);
    return program;
  }

  private List<String> cloakroom(Path certificate) {
    List<String> command = new ArrayList<>();
    for (String word : Peer.CLOAKROOM.command(cloakroomPort, edgePort, work)) {
      command.add(word.replace("http://127.0.0.1:" + edgePort, "https://localhost:" + edgePort));
    }
    command.add("--cloakroom.upstream.ssl-bundle=edge");
    command.add("--spring.ssl.bundle.pem.edge.truststore.certificate=file:" + certificate);
    return command;
  }

  /** The benchmark's nginx, which checks the edge's certificate as Cloakroom does. */
  private Path overTls(Path certificate) throws IOException {
    Path file = Peer.fillIn("nginx.conf", nginxPort, edgePort, work);
    String checked =
        "proxy_ssl_verify on;\n proxy_ssl_name localhost;\n proxy_ssl_trusted_certificate "
            + certificate
            + ";\n proxy_pass https://";
    String text = Files.readString(file).replace("proxy_pass http://", checked);
    return Files.writeString(file, text);
  }

  private List<String> nginx(Path configuration) {
    return List.of("nginx", "-p", work.toString(), "-c", configuration.toString());
  }

  /** Misses in turns, at an instant vendor and at one of 200 ms; figures are medians. */
  Map<String, Double> compare(int seconds) throws IOException {
    Stage.get(vendorPort, "/control/set/ok/0");
    for (int i = 0; i < WARM_UPS; i++) {
      misses(cloakroomPort, 32, 2);
      if (i < NGINX_WARM_UPS) {
        misses(nginxPort, 32, 2);
      }
    }
    Map<String, Double> figures = new LinkedHashMap<>(compare("32 connections: ", 32, seconds));
    Stage.get(vendorPort, "/control/set/ok/200");
    misses(cloakroomPort, 512, 4);
    figures.putAll(compare("512 at a vendor of 200 ms: ", 512, seconds));
    return figures;
  }

  private Map<String, Double> compare(String title, int connections, int seconds)
      throws IOException {
    var turns =
        new Turns(new Turns.Server(cloakroom, cloakroomPort), new Turns.Server(nginx, nginxPort));
    return turns.compare(
        title,
        port -> misses(port, connections, seconds),
        (figures, ours, theirs) -> {
          figures.put(title + "CPU s per 100,000", 100_000 * ours.get("cpu"));
          figures.put(title + "nginx's CPU s per 100,000", 100_000 * theirs.get("cpu"));
          figures.put(title + "errors", ours.get("refused") + ours.get("lost"));
          figures.put(title + "nginx's errors", theirs.get("refused") + theirs.get("lost"));
        });
  }

  private static Map<String, Double> misses(int port, int connections, int seconds)
      throws IOException {
    return Stage.wrk(port, Stage.fresh(20_000_000), 0, connections, seconds);
  }

  @Override
  public void close() {
    programs.reversed().forEach(Program::close);
  }
}
