package dev.cloakroom.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cloakroom.cluster.RedisServer;
import dev.cloakroom.kubernetes.Chart;
import dev.cloakroom.sandbox.SandboxVendor;
import dev.cloakroom.testsupport.Caller;
import dev.cloakroom.testsupport.Canary;
import dev.cloakroom.testsupport.Collector;
import dev.cloakroom.testsupport.OpenApi;
import dev.cloakroom.testsupport.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The image, built from the sources and run as narrowly as the chart runs it. */
class ImageTests {

  private static final String IMAGE = "localhost/cloakroom:test";

  /** What the JVM's compilers took for the start is given back by then. */
  private static final Duration SETTLES = Duration.ofSeconds(15);

  private static Tool podman = new Tool("podman");
  private static SandboxVendor vendor = new SandboxVendor();

  @TempDir Path keys;

  private final List<Container> containers = new ArrayList<>();

  @BeforeAll
  static void build() {
    if (!canRunContainers()) {
      throw Tool.missing("the image: podman and its bases are not there; see .ci/run");
    }
    podman.run("build", "--format", "docker", "--network", "host", "--tag", IMAGE, ".");
  }

  private static boolean canRunContainers() {
    String base = Bases.run();
    return new Tool("sh").tryRun("-c", "command -v podman").status() == 0
        && podman.tryRun("run", "--rm", "--network", "none", base, "true").status() == 0;
  }

  @BeforeEach
  void mountTheKey() throws IOException {
    Files.writeString(keys.resolve("first"), Canary.KEY);
    new Tool("chmod").run("-R", "a+rX", keys.toString());
  }

  @AfterEach
  void removeContainers() {
    containers.forEach(Container::remove);
  }

  @Test
  void servesTheSandboxAndStopsWithoutAnError() {
    Container container = start();
    container.awaitHealth();

    String first = container.service().get("/images/12202888").body();
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () ->
                assertThat(container.service().get("/images/12202888").body())
                    .contains("\"status\":\"success\""));
    Caller.Answer description = container.service().get("/openapi.json");
    int status = container.stop();

    assertThat(first).contains("\"status\":\"processing\"");
    assertThat(description.json()).isEqualTo(OpenApi.document());
    assertThat(status).isEqualTo(143);
    assertThat(container.logs())
        .contains("Graceful shutdown complete")
        .doesNotContain("ERROR", "WARN", "warning", Canary.KEY);
  }

  @Test
  void passesTheTestOfTheChart() {
    Container container = start();
    container.awaitHealth();
    JsonNode test = Chart.render("service: {port: %d}".formatted(container.port())).the("Pod");
    String script =
        test.at("/spec/containers/0/command/4")
            .asString()
            .replace("8081", Integer.toString(container.managementPort()));

    Tool.Run run =
        podman.tryRun(
            "run",
            "--rm",
            "--network",
            "host",
            "--read-only",
            "--cap-drop",
            "ALL",
            "--add-host",
            "images-cloakroom:127.0.0.1",
            "--add-host",
            "images-cloakroom-management:127.0.0.1",
            "--entrypoint",
            "timeout",
            IMAGE,
            "30",
            "bash",
            "-euc",
            script);

    assertThat(run.output()).contains("200", "urn:cloakroom:problem:invalid-request");
    assertThat(run.status()).isZero();
  }

  @Test
  void startsFromItsCacheOnly() {
    Container container = start("--env", "JDK_JAVA_OPTIONS=-XX:AOTMode=on");

    container.awaitHealth();

    assertThat(container.logs()).contains("Started CloakroomApplication");
  }

  @Test
  void sharesRedisOnlyWhereItsSettingsSaySo() {
    try (RedisServer redis = RedisServer.start()) {
      Container alone = start();
      Container sharing =
          start(
              "--env",
              "CLOAKROOM_CLUSTER_ENABLED=true",
              "--env",
              "SPRING_DATA_REDIS_HOST=" + redis.host(),
              "--env",
              "SPRING_DATA_REDIS_PORT=" + redis.port());
      alone.awaitHealth();
      sharing.awaitHealth();

      await().until(() -> sharing.health().at("/components/redis/status").asString().equals("UP"));
      assertThat(alone.health().at("/components/redis").isMissingNode()).isTrue();
    }
  }

  @Test
  void sendsTracesOnlyWhereItsSettingsSaySo() {
    try (Collector collector = new Collector()) {
      Container alone = start();
      Container tracing =
          start(
              "--env",
              "MANAGEMENT_OPENTELEMETRY_TRACING_EXPORT_OTLP_ENDPOINT=" + collector.endpoint(),
              "--env",
              "MANAGEMENT_TRACING_SAMPLING_PROBABILITY=1");
      alone.awaitHealth();
      tracing.awaitHealth();

      tracing.service().get("/images/12202888");
      tracing.service().get("/images/12202889?wait=1");

      await()
          .untilAsserted(
              () ->
                  assertThat(collector.received())
                      .contains("http get /images/{id}", "http post", "cloakroom.poll")
                      .containsPattern("cache[^a-z]+miss")
                      .containsPattern("key[^a-z]+first"));
      assertThat(collector.received()).doesNotContain(Canary.KEY);
      assertThat(alone.threads()).noneMatch(name -> name.startsWith("BatchSpan"));
      assertThat(tracing.threads()).anyMatch(name -> name.startsWith("BatchSpan"));
    }
  }

  @Test
  void saysWhatItIsMadeOf() throws IOException {
    Container container = start();
    container.awaitHealth();
    JsonNode image = JsonMapper.shared().readTree(podman.run("image", "inspect", IMAGE)).get(0);
    String file = image.at("/Config/Labels/dev.cloakroom.sbom").asString();

    JsonNode bill = container.management().get("/actuator/sbom/application").json();

    assertThat(bill.at("/bomFormat").asString()).isEqualTo("CycloneDX");
    assertThat(JsonMapper.shared().readTree(podman.run("exec", container.name(), "cat", file)))
        .isEqualTo(bill);
  }

  @Test
  void logsJsonOnKubernetes() {
    Container container =
        start("--env", "KUBERNETES_SERVICE_HOST=10.0.0.1", "--env", "KUBERNETES_SERVICE_PORT=443");

    container.awaitHealth();

    assertThat(container.logs().lines()).allMatch(line -> line.startsWith("{\"@timestamp\":"));
  }

  @Test
  void isNotHealthyAndSaysWhyWithoutKey() throws IOException {
    Files.delete(keys.resolve("first"));

    Container container = start();
    int status = container.awaitEnd();

    assertThat(status).isEqualTo(1);
    assertThat(container.logs())
        .contains("a directory without any key", "Action:")
        .doesNotContain("Error creating bean");
  }

  @Test
  void runsAsNobodyAndHoldsNoKey() throws IOException {
    JsonNode image = JsonMapper.shared().readTree(podman.run("image", "inspect", IMAGE)).get(0);
    Path saved = keys.resolve("image.tar");
    podman.run("save", "--quiet", "--output", saved.toString(), IMAGE);

    assertThat(image.at("/Config/User").asString()).isEqualTo("65532:65532");
    assertThat(image.at("/Config/Env").toString()).doesNotContainIgnoringCase("key");
    assertThat(image.at("/Config/Labels").propertyNames())
        .contains("org.opencontainers.image.version", "org.opencontainers.image.licenses");
    assertThat(image.toString()).contains("/app/healthcheck");
    assertThat(new Tool("grep").tryRun("-cF", Canary.KEY, saved.toString()).output().strip())
        .isEqualTo("0");
  }

  /**
   * The figures of docs/performance.md; its bounds on memory apply on any machine, that on time on
   * a quiet one.
   */
  @Test
  void startsQuicklyAndStaysSmall() throws IOException, InterruptedException {
    Container container = start("--cpus", "1");
    Duration ready = container.awaitHealth();
    Thread.sleep(SETTLES);
    int idle = container.megabytes();

    for (int id = 100_000; id < 110_000; id++) {
      container.service().get("/images/" + (100_000 + id % 1_000));
    }
    int loaded = container.megabytes();

    String figures =
        "ready %.1f s, idle %d MiB, after 10,000 requests %d MiB"
            .formatted(ready.toMillis() / 1000.0, idle, loaded);
    Files.writeString(Path.of("target/image.txt"), figures + System.lineSeparator());
    assertThat(idle).as(figures).isLessThanOrEqualTo(170);
    assertThat(loaded).as(figures).isLessThanOrEqualTo(240);
    assertThat(ready).as(figures).isLessThan(Duration.ofSeconds(10));
  }

  private Container start(String... options) {
    Container container = Container.start(IMAGE, keys, vendor.baseUrl(), options);
    containers.add(container);
    return container;
  }
}
