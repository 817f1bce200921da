import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;

/** Cloakroom and nginx, which serve the same files. */
final class Pictures implements AutoCloseable {

  private static final int COUNT = 200;
  private static final int SIZE = 300_000;
  private static final int CONNECTIONS = 32;
  private static final int WARM_UPS = 5;

  private final int cloakroomPort = Bench.freePort();
  private final int nginxPort = Bench.freePort();
  private final Program cloakroom;
  private final Program nginx;

  Pictures() throws IOException, InterruptedException {
    Path work = Bench.OUTPUT.resolve("work").toAbsolutePath();
    Path kept = Files.createDirectories(work.resolve("pictures"));
    write(kept, Files.createDirectories(work.resolve("pictures-by-id")));
    int noVendor = Bench.freePort();
    cloakroom =
        Peer.CLOAKROOM.start(cloakroomPort, noVendor, "--cloakroom.content.directory=" + kept);
    nginx = Peer.NGINX.start(nginxPort, noVendor);
    String first = "/images/" + Stage.KNOWN + "/0";
    Stage.await(cloakroom, cloakroomPort, first);
    Stage.await(nginx, nginxPort, first);
  }

  /** Each once, under both servers' names for it. */
  private static void write(Path kept, Path byId) throws IOException {
    var random = new Random(1);
    for (int i = 0; i < COUNT; i++) {
      byte[] png = new byte[SIZE];
      random.nextBytes(png);
      long id = Stage.KNOWN + i;
      Path file = kept.resolve("%d.0.%d.%s.png".formatted(id, SIZE, sha256(png)));
      Files.write(file, png);
      Path link = byId.resolve(id + ".png");
      Files.deleteIfExists(link);
      Files.createLink(link, file);
    }
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** In turns; figures are medians of them. */
  Map<String, Double> compare(int seconds) throws IOException {
    for (int i = 0; i < WARM_UPS; i++) {
      load(cloakroomPort, 2);
      load(nginxPort, 1);
    }
    var turns =
        new Turns(new Turns.Server(cloakroom, cloakroomPort), new Turns.Server(nginx, nginxPort));
    return turns.compare(
        "",
        port -> load(port, seconds),
        (figures, ours, theirs) -> {
          figures.put("CPU for each to nginx's", ours.get("cpu") / theirs.get("cpu"));
          figures.put("memory MiB", cloakroom.memoryMebibytes());
        });
  }

  private static Map<String, Double> load(int port, int seconds) throws IOException {
    Map<String, Double> load = Stage.wrk(port, Stage.KNOWN, COUNT, CONNECTIONS, seconds, "", "/0");
    if (load.get("refused") + load.get("lost") > 0) {
      throw new IOException("not all were answered 200: " + load);
    }
    return load;
  }

  @Override
  public void close() {
    nginx.close();
    cloakroom.close();
  }
}
