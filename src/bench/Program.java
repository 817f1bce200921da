import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A program that runs beside this one, with its children, and ends with it at the latest. */
final class Program implements AutoCloseable {

  private static final double TICKS_PER_SECOND = 100;
  private static final Queue<Program> RUNNING = new ConcurrentLinkedQueue<>();

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> RUNNING.forEach(Program::kill), "end-programs"));
  }

  private final String name;
  private final Process process;
  private final BufferedReader output;

  private Program(String name, Process process) {
    this.name = name;
    this.process = process;
    this.output = process.inputReader(StandardCharsets.UTF_8);
    RUNNING.add(this);
  }

  /** Starts a server, whose words go to a log. */
  static Program serve(String name, Path log, Map<String, String> environment, List<String> command)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    return new Program(name, builder.start());
  }

  /** Starts a client, whose words are read by line(). */
  static Program ask(List<String> command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    return new Program(Path.of(command.getFirst()).getFileName().toString(), builder.start());
  }

  /** What a short command says of itself, or nothing where it is not installed. */
  static String words(String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
        return String.join("\n", reader.readAllLines());
      }
    } catch (IOException e) {
      return "";
    }
  }

  static boolean isInstalled(String command) {
    return Stream.of((System.getenv("PATH") + ":/usr/sbin:/usr/local/sbin").split(":"))
        .anyMatch(folder -> new File(folder, command).canExecute());
  }

  /** The first line of its output that begins so; fails if there is none in time. */
  String line(String start, Duration limit) throws IOException {
    Thread guard =
        Thread.startVirtualThread(
            () -> {
              try {
                Thread.sleep(limit);
                kill();
              } catch (InterruptedException e) {
                // It has said it in time.
              }
            });
    try {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        if (line.startsWith(start)) {
          return line;
        }
      }
      throw new IOException(name + " ended without an answer, or took more than " + limit);
    } finally {
      guard.interrupt();
    }
  }

  /** Writes a line to its input. */
  void say(String line) throws IOException {
    process.outputWriter(StandardCharsets.UTF_8).append(line).append('\n').flush();
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Time on the processor so far, of user and system, of all its processes. */
  double cpuSeconds() {
    return processes().mapToDouble(Program::cpuSeconds).sum();
  }

  /** Memory of all its processes, where shared pages count once. */
  double memoryMebibytes() {
    return processes().mapToDouble(Program::kibibytes).sum() / 1024;
  }

  private Stream<Long> processes() {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants())
        .map(ProcessHandle::pid);
  }

  private static double cpuSeconds(long pid) {
    return cpuSeconds(Path.of("/proc", Long.toString(pid)));
  }

  /** Of a process or a thread. */
  private static double cpuSeconds(Path folder) {
    try {
      String stat = Files.readString(folder.resolve("stat"));
      // The name, in brackets, may hold spaces: count from behind it.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
    } catch (IOException e) {
      return 0;
    }
  }

  /** Of that time, what the compilers of a JVM took. */
  double compilerSeconds() {
    try (Stream<Path> threads =
        Files.list(Path.of("/proc", Long.toString(process.pid()), "task"))) {
      return threads.filter(Program::isCompiler).mapToDouble(Program::cpuSeconds).sum();
    } catch (IOException e) {
      return 0;
    }
  }

  private static boolean isCompiler(Path thread) {
    try {
      return Files.readString(thread.resolve("comm")).matches("C[12] Compiler.*\\s*");
    } catch (IOException e) {
      return false;
    }
  }

  private static double kibibytes(long pid) {
    Path folder = Path.of("/proc", Long.toString(pid));
    double pss = field(folder.resolve("smaps_rollup"), "Pss:");
    return pss > 0 ? pss : field(folder.resolve("status"), "VmRSS:");
  }

  /** A line's number in a file of /proc; 0 where there is none. */
  static double field(Path file, String name) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .filter(line -> line.startsWith(name))
          .mapToDouble(line -> Double.parseDouble(line.split("\\s+")[1]))
          .findFirst()
          .orElse(0);
    } catch (IOException | UncheckedIOException e) {
      return 0;
    }
  }

  /** Stops it as it stands: its connections stay open, and nothing is answered. */
  void pause() {
    words("kill", "-STOP", Long.toString(process.pid()));
  }

  void goOn() {
    words("kill", "-CONT", Long.toString(process.pid()));
  }

  /** Asks it to end, and ends it after ten seconds. */
  @Override
  public void close() {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    children.forEach(ProcessHandle::destroyForcibly);
    RUNNING.remove(this);
  }

  /** Ends it at once. */
  void kill() {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroyForcibly();
    children.forEach(ProcessHandle::destroyForcibly);
    RUNNING.remove(this);
  }
}
