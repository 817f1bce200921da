package dev.cloakroom.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Caller;
import dev.cloakroom.testsupport.FreePort;
import dev.cloakroom.testsupport.Tool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import tools.jackson.databind.JsonNode;

/** The image as a running container, on the host's network and without any privilege. */
record Container(String name, int port, int managementPort, long started) {

  private static final Tool podman = new Tool("podman");
  private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");

  static Container start(String image, Path keys, String vendor, String... options) {
    int port = FreePort.take();
    int managementPort = FreePort.take();
    String name = "cloakroom-" + port;
    List<String> arguments =
        new ArrayList<>(List.of("run", "--detach", "--name", name, "--network", "host"));
    arguments.addAll(List.of("--read-only", "--cap-drop", "ALL"));
    arguments.addAll(List.of("--security-opt", "no-new-privileges", "--memory", "768m"));
    arguments.addAll(List.of("--tmpfs", "/tmp:size=64m", "--volume", keys + ":/keys:ro"));
    arguments.addAll(List.of("--env", "CLOAKROOM_UPSTREAM_KEY_DIRECTORY=/keys"));
    arguments.addAll(List.of("--env", "CLOAKROOM_UPSTREAM_BASE_URL=" + vendor));
    arguments.addAll(List.of("--env", "SERVER_PORT=" + port));
    arguments.addAll(List.of("--env", "MANAGEMENT_SERVER_PORT=" + managementPort));
    arguments.addAll(List.of(options));
    arguments.add(image);
    podman.run(arguments.toArray(String[]::new));
    return new Container(name, port, managementPort, System.nanoTime());
  }

  Caller service() {
    return new Caller(port);
  }

  Caller management() {
    return Caller.ofUndescribed(managementPort);
  }

  JsonNode health() {
    return management().get("/actuator/health").json();
  }

  /** By the image's own check at last; the time until it was ready. */
  Duration awaitHealth() {
    Caller management = Caller.ofUndescribed(managementPort);
    try {
      Awaitility.await()
          .pollInterval(Duration.ofMillis(20))
          .atMost(Duration.ofSeconds(60))
          .ignoreExceptions()
          .until(() -> management.get("/actuator/health/readiness").status() == 200);
    } catch (ConditionTimeoutException e) {
      throw new AssertionError("Not ready:\n" + podman.run("inspect", name) + logs(), e);
    }
    Duration ready = Duration.ofNanos(System.nanoTime() - started);
    podman.run("healthcheck", "run", name);
    return ready;
  }

  int stop() {
    podman.run("stop", "--time", "40", name);
    return awaitEnd();
  }

  /** Its exit status. */
  int awaitEnd() {
    return Integer.parseInt(podman.run("wait", name).strip());
  }

  String logs() {
    return podman.run("logs", name);
  }

  /** The resident set. */
  int megabytes() {
    String pid = podman.run("inspect", "--format", "{{.State.Pid}}", name).strip();
    try {
      var resident = RESIDENT.matcher(Files.readString(Path.of("/proc", pid, "status")));
      assertThat(resident.find()).isTrue();
      return Integer.parseInt(resident.group(1)) / 1024;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The names of its threads, as the kernel cuts them. */
  List<String> threads() {
    return podman.run("exec", name, "sh", "-c", "cat /proc/1/task/*/comm").lines().toList();
  }

  void remove() {
    podman.run("rm", "--force", "--time", "0", name);
  }
}
