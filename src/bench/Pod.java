import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Cloakroom as a pod runs it, in front of a vendor of its own: the image with one processor and the
 * chart's memory limit, or the jar where there is no image.
 */
final class Pod implements AutoCloseable {

  /** The image that was built for this run; without one the jar is run with the same options. */
  private static final String IMAGE = System.getenv().getOrDefault("BENCH_IMAGE", "");

  private static final Pattern OPTION = Pattern.compile("\"(-X[^\"]*)\"");
  private static final Pattern LIMIT =
      Pattern.compile(
          "(?m)^resources:\n(?: .*\n)*?  limits:\n(?:    .*\n)*?    memory: (\\d+)Mi\n");
  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");
  private static final double MEBIBYTE = 1024 * 1024;

  private final int port = Bench.freePort();
  private final int managementPort = Bench.freePort();
  private final int vendorPort = Bench.freePort();
  private final String name = "cloakroom-bench-" + port;
  private final Thread remove = new Thread(this::removeContainer, "remove-pod");
  private final Program vendor;
  private final Program server;
  private final double readySeconds;
  private volatile double peakMebibytes;
  private volatile double peakResidentMebibytes;

  /** Starts both; the pod is ready when this returns, and nobody has asked it for anything. */
  Pod(String vendorMode, int vendorDelayMillis) throws IOException, InterruptedException {
    Path logs = Bench.OUTPUT.resolve("work");
    vendor =
        Program.serve("vendor", logs.resolve("vendor.log"), Map.of(), Stage.vendor(vendorPort));
    Stage.await(vendor, vendorPort, "/control/reset");
    setVendor(vendorMode, vendorDelayMillis);
    Runtime.getRuntime().addShutdownHook(remove);
    long start = System.nanoTime();
    server = Program.serve("pod", logs.resolve("pod.log"), environment(), command());
    try {
      Stage.await(server, managementPort, "/actuator/health/readiness");
    } catch (IOException e) {
      close();
      throw e;
    }
    readySeconds = (System.nanoTime() - start) / 1e9;
    Path process = Path.of("/proc", pid());
    Thread.startVirtualThread(() -> watchMemory(process));
  }

  /**
   * What the image runs Java with, but for its AOT cache. Its heap is a share of memory, which is
   * the chart's limit here, too.
   */
  static List<String> javaOptions() {
    String dockerfile = read(Path.of("Dockerfile"));
    String entrypoint = dockerfile.substring(dockerfile.lastIndexOf("\nENTRYPOINT"));
    Stream<String> options =
        OPTION
            .matcher(entrypoint)
            .results()
            .map(option -> option.group(1))
            .filter(option -> !option.startsWith("-XX:AOTCache="));
    return Stream.concat(options, Stream.of("-XX:MaxRAM=" + limitMebibytes() + "m")).toList();
  }

  /** The chart's. */
  static int limitMebibytes() {
    Matcher limit = LIMIT.matcher(read(Path.of("helm/values.yaml")));
    if (!limit.find()) {
      throw new IllegalStateException("helm/values.yaml has no memory limit in Mi");
    }
    return Integer.parseInt(limit.group(1));
  }

  static String description() {
    return IMAGE.isEmpty()
        ? "the jar on one processor, as there is no image: its heap as for %d MiB, without a limit"
            .formatted(limitMebibytes())
        : "the image at 1 CPU and %d MiB".formatted(limitMebibytes());
  }

  private static Map<String, String> environment() {
    return IMAGE.isEmpty() ? Map.of("CLOAKROOM_API_KEY", "bench") : Map.of();
  }

  private List<String> command() {
    List<String> settings =
        List.of(
            "--server.port=" + port,
            "--management.server.port=" + managementPort,
            "--cloakroom.upstream.base-url=http://127.0.0.1:" + vendorPort + "/api");
    List<String> command = new ArrayList<>(IMAGE.isEmpty() ? jar() : container());
    command.addAll(settings);
    return command;
  }

  private List<String> container() {
    String memory = limitMebibytes() + "m";
    List<String> command = new ArrayList<>(List.of("podman", "run", "--rm", "--name", name));
    command.addAll(List.of("--network", "host", "--no-healthcheck", "--cpus", "1"));
    command.addAll(List.of("--memory", memory, "--memory-swap", memory));
    command.addAll(List.of("--read-only", "--tmpfs", "/tmp:size=64m", "--cap-drop", "ALL"));
    command.addAll(List.of("--env", "CLOAKROOM_API_KEY=bench", IMAGE));
    return command;
  }

  private static List<String> jar() {
    List<String> command = new ArrayList<>();
    if (Program.isInstalled("taskset")) {
      command.addAll(List.of("taskset", "--cpu-list", "0"));
    }
    command.addAll(Bench.java(javaOptions().toArray(String[]::new)));
    command.addAll(List.of("-jar", "target/cloakroom.jar"));
    return command;
  }

  private String pid() {
    if (IMAGE.isEmpty()) {
      return Long.toString(server.pid());
    }
    // Behind what podman may have to warn of.
    String words = Program.words("podman", "inspect", "--format", "{{.State.Pid}}", name);
    return words.substring(words.lastIndexOf('\n') + 1).strip();
  }

  int port() {
    return port;
  }

  /** From its start to the first time it was ready. */
  double readySeconds() {
    return readySeconds;
  }

  /** Whether the process is still there: it must not end by itself. */
  boolean isAlive() {
    return server.isAlive();
  }

  /**
   * The most that the container has had, as the kernel counts it; the process where it does not.
   */
  double peakMebibytes() {
    return peakMebibytes;
  }

  /** The most that the process has had in memory. */
  double peakResidentMebibytes() {
    return peakResidentMebibytes;
  }

  void setVendor(String mode, int delayMillis) throws IOException {
    Stage.get(vendorPort, "/control/set/" + mode + "/" + delayMillis);
  }

  /** The sum of a metric's values whose lines begin so; NaN where it does not answer. */
  double metric(String start) {
    try {
      return Stage.get(managementPort, "/actuator/prometheus")
          .lines()
          .filter(line -> line.startsWith(start))
          .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
          .sum();
    } catch (IOException e) {
      return Double.NaN;
    }
  }

  /** Again and again, as a process that has ended cannot be asked. */
  private void watchMemory(Path process) {
    try {
      while (server.isAlive()) {
        double resident = Program.field(process.resolve("status"), "VmHWM:") / 1024;
        peakResidentMebibytes = Math.max(peakResidentMebibytes, resident);
        double peak = IMAGE.isEmpty() ? resident : cgroupPeak(process).orElse(resident);
        peakMebibytes = Math.max(peakMebibytes, peak);
        Thread.sleep(200);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static OptionalDouble cgroupPeak(Path process) {
    try (Stream<String> groups = Files.lines(process.resolve("cgroup"))) {
      return groups
          .map(group -> group.split(":", 3))
          .map(group -> peakFile(group[1], group[2]))
          .filter(Files::isReadable)
          .mapToDouble(file -> Double.parseDouble(read(file).strip()) / MEBIBYTE)
          .findFirst();
    } catch (IOException | UncheckedIOException e) {
      return OptionalDouble.empty();
    }
  }

  /** Of version 2, whose controller has no name, or of version 1. */
  private static Path peakFile(String controller, String path) {
    return controller.isEmpty()
        ? CGROUPS.resolve("." + path).resolve("memory.peak")
        : CGROUPS.resolve(controller).resolve("." + path).resolve("memory.max_usage_in_bytes");
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void removeContainer() {
    if (!IMAGE.isEmpty()) {
      Program.words("podman", "rm", "--force", "--time", "0", name);
    }
  }

  @Override
  public void close() {
    removeContainer();
    Runtime.getRuntime().removeShutdownHook(remove);
    server.kill();
    vendor.kill();
  }
}
