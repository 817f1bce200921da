package dev.cloakroom.tracing;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.Canary;
import dev.cloakroom.testsupport.Collector;
import dev.cloakroom.testsupport.FreePort;
import dev.cloakroom.testsupport.Jar;
import dev.cloakroom.testsupport.MountedSecret;
import dev.cloakroom.testsupport.Signatures;
import dev.cloakroom.testsupport.Vendor;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The spans that the packaged jar sends. */
class TracingJarTests {

  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String PARENT = "b7ad6b7169203331";
  private static final String BEARER = "Bearer " + Canary.CALLER_SECRET;

  /** What a platform may give all its pods. */
  private static final Map<String, String> PLATFORM =
      Map.of("OTEL_PROPAGATORS", "tracecontext,baggage", "OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");

  private final Vendor vendor = new Vendor();
  private final Collector collector = new Collector();
  private final MountedSecret callers = new MountedSecret(Map.of("shop", Canary.CALLER_SECRET));
  private Jar jar;

  @AfterEach
  void end() {
    jar.process().destroyForcibly();
    collector.close();
  }

  private void start(String endpoint) throws Exception {
    ProcessBuilder command =
        Jar.commandWithKey(
            vendor,
            "--management.opentelemetry.tracing.export.otlp.endpoint=" + endpoint,
            "--management.opentelemetry.tracing.export.schedule-delay=100ms",
            "--management.tracing.sampling.probability=1",
            "--cloakroom.access.caller-directory=" + callers.directory(),
            "--cloakroom.content.hosts=127.0.0.1:9",
            "--cloakroom.content.private-addresses=true",
            "--cloakroom.upstream.retry-budget=0");
    command.environment().putAll(PLATFORM);
    jar = Jar.start(command);
    jar.awaitStart();
  }

  private Answer get(String path) {
    return jar.service().get(path, "Authorization", BEARER);
  }

  @Test
  void sendsCallerCacheAndFetchAsOneTrace() throws Exception {
    start(collector.endpoint());
    vendor.answers("7000001", Vendor.ready("7000001"));

    Answer miss =
        jar.service()
            .get(
                "/images/7000001",
                "Authorization",
                BEARER,
                "traceparent",
                "00-" + TRACE + "-" + PARENT + "-01");

    assertThat(miss.status()).isEqualTo(200);
    await().until(() -> collector.count(TRACE) == 2);
    assertThat(collector.count(PARENT)).isEqualTo(1);
    assertThat(collector.received())
        .contains("cloakroom", "http get /images/{id}", "http post")
        .containsPattern("image[^a-z]+7000001")
        .containsPattern("cache[^a-z]+miss")
        .containsPattern("key[^a-z]+1");
    assertThat(vendor.calls("7000001"))
        .singleElement()
        .satisfies(call -> assertThat(call.containsHeader("traceparent")).isFalse());
  }

  @Test
  void sendsPollersAndFetchesOfPictures() throws Exception {
    start(collector.endpoint());
    vendor.answers("7000002", Vendor.example("07-processing-fetch-message", "7000002"));
    String link = "https://127.0.0.1:9/0.png?X-Amz-Signature=" + Canary.signature("dEaDlInK9xQ2w");
    vendor.answers(
        "7000003", "{\"status\":\"success\",\"id\":7000003,\"output\":[\"" + link + "\"]}");

    get("/images/7000002?wait=1");
    Answer picture = get("/images/7000003/0");

    assertThat(picture.problem()).isEqualTo("content-unavailable");
    await()
        .untilAsserted(
            () ->
                assertThat(collector.received())
                    .contains("cloakroom.poll", "cloakroom.content.fetch")
                    .containsPattern("image[^a-z]+7000002")
                    .containsPattern("outcome[^a-z]+failure"));
    await().untilAsserted(() -> assertThat(parents("http post")).contains(id("cloakroom.poll")));
    assertThat(collector.received()).doesNotContain("Amz", "/0.png?");
  }

  @Test
  void sendsNeitherKeyNorSecretNorQueryNorTheTextOfAFailure() throws Exception {
    start(collector.endpoint());
    vendor.answers(
        "7000004", aResponse().withStatus(500).withHeader("Echo", Canary.KEY).withBody(Canary.KEY));
    vendor.answers("7000005", Vendor.example("13-error-invalid-key"));
    String link =
        Signatures.query("shop", Canary.CALLER_SECRET, "7000006", Instant.now().plusSeconds(3_600));

    get("/images/7000004");
    get("/images/7000004?wait=nOtAnUmBeR8z4Tq");
    get("/images/7000005");
    jar.service().get("/images/7000006?" + link);
    jar.service().get("/images/7000006/0?" + link);
    jar.service().get("/images/7000006?signature=" + Canary.signature("fOrGeD7xK2wV9p"));
    jar.management().get("/actuator/prometheus");

    await()
        .untilAsserted(
            () ->
                assertThat(collector.received())
                    .contains("/images/7000004", "/images/7000005", "/images/7000006"));
    assertThat(collector.received())
        .doesNotContain(Canary.KEY, Canary.CALLER_SECRET, "signature", "nOtAnUmBeR", "/actuator")
        .doesNotContain("exception.message", "exception.stacktrace");
  }

  @Test
  void sendsNothingForTheVariablesOfAPlatform() throws Exception {
    ProcessBuilder command =
        Jar.commandWithKey(vendor, "--management.tracing.sampling.probability=1");
    command.environment().putAll(PLATFORM);
    command.environment().put("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", collector.endpoint());
    jar = Jar.start(command);
    jar.awaitStart();
    vendor.answers("7000008", Vendor.ready("7000008"));

    jar.service().get("/images/7000008?wait=0");
    jar.process().destroy();

    assertThat(jar.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(collector.received()).isEmpty();
    assertThat(vendor.calls("7000008"))
        .singleElement()
        .satisfies(call -> assertThat(call.containsHeader("traceparent")).isFalse());
  }

  @ParameterizedTest
  @CsvSource({
    "export.otlp.endpoint, collector:4318, is no address",
    "export.otlp.endpoint, http://user:secret@collector/, is no address",
    "sampling.probability, 2, is no share of requests"
  })
  void doesNotStartWithASettingThatCannotBe(String setting, String value, String report)
      throws Exception {
    String name = setting.startsWith("export") ? "opentelemetry.tracing." : "tracing.";
    jar = Jar.start(Jar.commandWithKey(vendor, "--management." + name + setting + "=" + value));

    assertThat(jar.process().waitFor()).isEqualTo(1);
    assertThat(jar.printed())
        .contains(setting, report, "Action:")
        .doesNotContain("Exception", "secret");
  }

  @Test
  void servesAndStopsWithoutItsCollector() throws Exception {
    start("http://127.0.0.1:" + FreePort.take() + "/v1/traces");
    vendor.answers("7000007", Vendor.ready("7000007"));

    Answer miss = get("/images/7000007");
    jar.process().destroy();

    assertThat(miss.status()).isEqualTo(200);
    assertThat(jar.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(jar.process().exitValue()).isEqualTo(143);
  }

  /** The id of the first span of that name: field 2 of OTLP's span, before its parent and name. */
  private String id(String name) {
    return spans("\\x12\\x08(.{8})(?:\\x22\\x08.{8})?\\x2a." + name).findFirst().orElse("none");
  }

  private Stream<String> parents(String name) {
    return spans("\\x22\\x08(.{8})\\x2a." + name);
  }

  private Stream<String> spans(String pattern) {
    return Pattern.compile(pattern, Pattern.DOTALL)
        .matcher(collector.received())
        .results()
        .map(span -> span.group(1));
  }
}
