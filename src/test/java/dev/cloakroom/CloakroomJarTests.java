package dev.cloakroom;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Caller;
import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.Canary;
import dev.cloakroom.testsupport.Jar;
import dev.cloakroom.testsupport.OpenApi;
import dev.cloakroom.testsupport.Vendor;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The packaged jar as a process of its own, with the vendor in another. */
class CloakroomJarTests {

  private final Vendor vendor = new Vendor();
  private final List<Jar> jars = new ArrayList<>();

  @AfterEach
  void endProcesses() {
    jars.forEach(jar -> jar.process().destroyForcibly());
  }

  @Test
  void answersEveryExampleOfTheVendor() throws Exception {
    Jar jar = startWithKey();
    Caller service = jar.service();
    Map<String, Integer> statuses =
        Map.ofEntries(
            Map.entry("01-success-fetch-minimal", 200),
            Map.entry("02-success-fetch-proxy-links-list", 200),
            Map.entry("04-success-generation-full", 200),
            Map.entry("06-success-empty-output", 202),
            Map.entry("07-processing-fetch-message", 202),
            Map.entry("08-processing-fetch-messege-typo", 202),
            Map.entry("09-processing-submit-full", 202),
            Map.entry("11-failed-request-not-found", 404),
            Map.entry("12-failed-try-again", 200));

    statuses.forEach(
        (example, status) -> {
          String id = Integer.toString(Integer.parseInt(example.substring(0, 2)));
          vendor.answers(id, Vendor.example(example, id));

          assertThat(service.get("/images/" + id).status()).as(example).isEqualTo(status);
        });
  }

  @Test
  void servesTheDocumentThatDescribesIt() throws Exception {
    Caller service = startWithKey().service();

    assertThat(service.get("/openapi.json").json()).isEqualTo(OpenApi.document());
  }

  @Test
  void asksAgainAfterAnswerThatIsNestedTooDeepForItsStack() throws Exception {
    ProcessBuilder command = Jar.commandWithKey(vendor);
    command.command().add(1, "-Xss512k");
    Jar jar = start(command);
    jar.awaitStart();
    Caller service = jar.service();
    String nested = "[".repeat(490) + "]".repeat(490);
    Map<String, String> answers =
        Map.of(
            "1", "{\"status\":\"success\",\"output\":" + nested + "}",
            "2", "{\"status\":\"failed\",\"message\":" + nested + "}",
            "3", "{\"status\":\"error\",\"tips\":" + nested + "}",
            "4", nested);

    answers.forEach(
        (id, answer) -> {
          vendor.answers(id, answer);
          assertThat(service.get("/images/" + id).problem()).as(id).isEqualTo("upstream-invalid");
          vendor.answers(id, Vendor.ready(id));
          assertThat(service.get("/images/" + id).status()).as(id).isEqualTo(200);
        });
  }

  @ParameterizedTest
  @CsvSource({
    "13-error-invalid-key, upstream-credentials, 5",
    "15-error-rate-limit-429, upstream-throttled, 30",
    "16-error-credits, upstream-credentials, 5"
  })
  void namesWhatIsWrongWithTheAccount(String example, String problem, String retryAfter)
      throws Exception {
    Jar jar = startWithKey();
    Caller service = jar.service();
    vendor.answers("1", Vendor.example(example));

    Answer answer = service.get("/images/1");

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.problem()).isEqualTo(problem);
    assertThat(answer.header("Retry-After")).isEqualTo(retryAfter);
  }

  @Test
  void finishesTheAnswerUnderWayWhenItIsTerminated() throws Exception {
    Jar jar = startWithKey();
    Caller service = jar.service();
    vendor.answers("1", Vendor.json(Vendor.ready("1")).withFixedDelay(2_000));

    CompletableFuture<Answer> answer = service.sendAsync("GET", "/images/1");
    Awaitility.await().until(() -> !vendor.calls("1").isEmpty());
    jar.process().destroy();

    assertThat(answer).succeedsWithin(Duration.ofSeconds(10));
    assertThat(answer.join().status()).isEqualTo(200);
    assertThat(jar.process().waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(jar.process().exitValue()).isEqualTo(143);
    assertThat(jar.printed())
        .contains("Graceful shutdown complete")
        .doesNotContain("ERROR", "WARN");
  }

  @Test
  void sendsTheStateToAllWhoWaitWhenItIsTerminated() throws Exception {
    Jar jar = startWithKey();
    Caller service = jar.service();
    vendor.answers("1", Vendor.example("07-processing-fetch-message"));
    List<CompletableFuture<Answer>> polls = new ArrayList<>();
    List<CompletableFuture<Answer>> streams = new ArrayList<>();
    for (int caller = 0; caller < 200; caller++) {
      polls.add(service.sendAsync("GET", "/images/1", "Prefer", "wait=60"));
      streams.add(service.sendAsync("GET", "/images/1/events"));
    }
    Awaitility.await().until(() -> service.get("/images/1").status() == 202);
    // By then, all connections have been idle for longer than Jetty allows when it stops.
    Awaitility.await().until(() -> vendor.calls("1").size() > 3);

    jar.process().destroy();

    assertThat(Stream.concat(polls.stream(), streams.stream()))
        .allSatisfy(answer -> assertThat(answer).succeedsWithin(Duration.ofSeconds(2)));
    assertThat(polls).allSatisfy(poll -> assertThat(poll.join().status()).isEqualTo(202));
    assertThat(streams)
        .allSatisfy(
            stream ->
                assertThat(stream.join().body())
                    .contains("\"status\":\"processing\"")
                    .endsWith("retry: 3000\n\n"));
    assertThat(jar.process().waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(jar.process().exitValue()).isEqualTo(143);
    assertThat(jar.printed()).doesNotContain("ERROR", "WARN");
  }

  @Test
  void logsJsonByOneProperty() throws Exception {
    Jar jar = startWithKey("--logging.structured.format.console=ecs");

    assertThat(jar.printed()).startsWith("{\"@timestamp\":");
  }

  @Test
  void logsJsonOnKubernetes() throws Exception {
    ProcessBuilder onKubernetes = Jar.command("--server.port=0", "--management.server.port=0");
    onKubernetes.environment().put("CLOAKROOM_API_KEY", Canary.KEY);
    onKubernetes.environment().put("KUBERNETES_SERVICE_HOST", "10.0.0.1");
    onKubernetes.environment().put("KUBERNETES_SERVICE_PORT", "443");
    Jar jar = start(onKubernetes);
    jar.awaitStart();

    assertThat(jar.printed()).startsWith("{\"@timestamp\":");
  }

  @Test
  void doesNotStartWithoutKeyAndSaysHowToGiveOne() throws Exception {
    String report = reportOfFailedStart(Jar.command());

    assertThat(report)
        .contains("no API key", "CLOAKROOM_API_KEY", "cloakroom.upstream.key-directory");
  }

  @ParameterizedTest
  @CsvSource({
    "--cloakroom.upstream.base-url=ht!tp:\\, cloakroom.upstream.base-url",
    "--cloakroom.upstream.base-url=http://modelslab.com, cloakroom.upstream.base-url",
    "--cloakroom.upstream.timeout=0s, cloakroom.upstream.timeout",
    "--cloakroom.upstream.id-pattern=[0-9, cloakroom.upstream.id-pattern",
    "--cloakroom.upstream.ssl-bundle=misspelt, cloakroom.upstream.ssl-bundle",
    "--cloakroom.cache.ready=banana, cloakroom.cache.ready",
    "--cloakroom.lookup.tiemout=6s, cloakroom.lookup.tiemout"
  })
  void doesNotStartWithWrongSettingAndNamesIt(String argument, String setting) throws Exception {
    ProcessBuilder command = Jar.command(argument);
    command.environment().put("CLOAKROOM_API_KEY", Canary.KEY);

    String report = reportOfFailedStart(command);

    assertThat(report).contains(setting, "Action:");
  }

  @Test
  void quotesNoKeyInTheReport() throws Exception {
    String report =
        reportOfFailedStart(Jar.command("--cloakroom.upstream.keys=two words " + Canary.KEY));

    assertThat(report).contains("cloakroom.upstream.", "Action:").doesNotContain(Canary.KEY);
  }

  @Test
  void holdsNothingOfTheSandbox() throws IOException {
    try (var jar = new JarFile("target/cloakroom.jar")) {
      assertThat(jar.stream().map(JarEntry::getName))
          .contains("BOOT-INF/classes/dev/cloakroom/CloakroomApplication.class")
          .noneMatch(name -> name.contains("sandbox") || name.contains("Sandbox"));
    }
  }

  private Jar startWithKey(String... arguments) throws IOException {
    Jar jar = start(Jar.commandWithKey(vendor, arguments));
    jar.awaitStart();
    return jar;
  }

  private Jar start(ProcessBuilder command) throws IOException {
    Jar jar = Jar.start(command);
    jars.add(jar);
    return jar;
  }

  private String reportOfFailedStart(ProcessBuilder command) throws Exception {
    Jar jar = start(command);

    assertThat(jar.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(jar.process().exitValue()).isNotZero();
    return jar.printed();
  }
}
