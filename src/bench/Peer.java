import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** The servers that are compared: how each is started in front of the vendor. */
enum Peer {
  CLOAKROOM("target/cloakroom.jar") {
    @Override
    List<String> command(int port, int vendor, Path work) {
      return java(
          "target/cloakroom.jar",
          "--server.port=" + port,
          "--management.server.port=" + Bench.freePort(),
          "--cloakroom.upstream.base-url=http://127.0.0.1:" + vendor + "/api",
          // The others have no such bound, or one above what is asked of them here.
          "--cloakroom.upstream.max-connections=1024",
          // All come from one address here, and there are more of them than a small pod takes.
          "--server.jetty.max-connections=20000",
          "--cloakroom.lookup.max-waiters=20000",
          "--cloakroom.lookup.max-waiters-per-image=20000",
          "--cloakroom.lookup.max-waiters-per-client=20000");
    }

    @Override
    String version() {
      String commit = Program.words("git", "describe", "--always", "--dirty");
      return commit.startsWith("fatal") ? "of no commit" : commit;
    }
  },

  NGINX("nginx") {
    @Override
    List<String> command(int port, int vendor, Path work) {
      Path configuration = fillIn("nginx.conf", port, vendor, work);
      return List.of("nginx", "-p", work.toString(), "-c", configuration.toString());
    }

    @Override
    String version() {
      return Program.words("nginx", "-v").replaceFirst("(?s).*nginx/(\\S+).*", "$1");
    }
  },

  VARNISH("varnishd") {
    @Override
    List<String> command(int port, int vendor, Path work) {
      Path configuration = fillIn("varnish.vcl", port, vendor, work);
      return List.of(
          "varnishd",
          "-F",
          "-j",
          "none",
          "-n",
          work.resolve("varnish").toString(),
          "-a",
          "127.0.0.1:" + port,
          "-T",
          "none",
          "-f",
          configuration.toString(),
          "-s",
          "malloc,256m",
          // Two pools: a thread for each of 512 misses without a wait for new ones.
          "-p",
          "thread_pool_min=400",
          "-p",
          "listen_depth=4096");
    }

    @Override
    String version() {
      return Program.words("varnishd", "-V").replaceFirst("(?s).*?varnish-(\\S+).*", "$1");
    }
  },

  GATEWAY("target/bench/gateway/gateway.jar") {
    @Override
    List<String> command(int port, int vendor, Path work) {
      return java(
          "target/bench/gateway/gateway.jar",
          "--server.port=" + port,
          "--bench.vendor=http://127.0.0.1:" + vendor,
          "--spring.cloud.gateway.server.webflux.filter.local-response-cache.enabled=true");
    }

    @Override
    String version() {
      return "Spring Cloud Gateway 5.0.3, LocalResponseCache";
    }
  };

  /** Replaces what every Java peer is started with, which is what our image is started with. */
  private static final String JVM = System.getenv("BENCH_JVM");

  private final String needs;

  Peer(String needs) {
    this.needs = needs;
  }

  abstract List<String> command(int port, int vendor, Path work);

  abstract String version();

  String title() {
    return name().toLowerCase(Locale.ROOT);
  }

  boolean isInstalled() {
    return needs.endsWith(".jar") ? Files.exists(Path.of(needs)) : Program.isInstalled(needs);
  }

  /** Starts it with nothing in its cache. */
  Program start(int port, int vendor, String... more) throws IOException {
    List<String> command = new ArrayList<>(command(port, vendor, emptyFolder(title())));
    command.addAll(List.of(more));
    return Program.serve(
        title(),
        Bench.OUTPUT.resolve("work").resolve(title() + ".log"),
        Map.of("CLOAKROOM_API_KEY", "bench"),
        command);
  }

  /** Where the options of the Java peers come from. */
  static String javaOptions() {
    return JVM == null ? "with the image's options" : "with BENCH_JVM=\"" + JVM + "\"";
  }

  private static List<String> java(String jar, String... arguments) {
    List<String> command = new ArrayList<>(Bench.java());
    command.addAll(JVM == null ? Pod.javaOptions() : List.of(JVM.split(" ")));
    command.addAll(List.of("-jar", jar));
    command.addAll(List.of(arguments));
    return command;
  }

  static Path fillIn(String template, int port, int vendor, Path work) {
    try {
      String text =
          Files.readString(Bench.SOURCES.resolve(template))
              .replace("@PORT@", Integer.toString(port))
              .replace("@VENDOR@", Integer.toString(vendor))
              .replace("@USER@", System.getProperty("user.name"))
              .replace("@WORK@", work.toString());
      return Files.writeString(work.resolve(template), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** For a peer's files; what an earlier run has cached there is gone. */
  static Path emptyFolder(String name) throws IOException {
    Path folder =
        Files.createDirectories(Bench.OUTPUT.resolve("work").resolve(name)).toAbsolutePath();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        if (!file.equals(folder)) {
          Files.delete(file);
        }
      }
    }
    return folder;
  }
}
