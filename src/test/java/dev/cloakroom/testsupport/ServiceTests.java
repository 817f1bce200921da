package dev.cloakroom.testsupport;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** The whole service over HTTP, at TRACE, with the canary key, a real vendor and fake time. */
@SpringBootTest(
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = {
      "management.server.port=0",
      "cloakroom.upstream.response-timeout=1s",
      "cloakroom.upstream.timeout=2s",
      "cloakroom.upstream.retry-budget=0",
      "logging.config=classpath:canary-logback.xml",
      "spring.http.codecs.log-request-details=true",
      "logging.level.reactor.netty.http.client.HttpClientConnect=trace"
    })
@Import(FakeTime.class)
@ExtendWith(OutputCaptureExtension.class)
public abstract class ServiceTests {

  /** One for all, so that all share one service. */
  protected static final Vendor vendor = new Vendor();

  /** Of this run alone, as ids begin anew with each. */
  private static final Path directory = temporaryDirectory();

  private static long lastId = 100_000_000;

  /** The service's clock. */
  @Autowired protected FakeTime time;

  @Autowired private MeterRegistry meters;

  /** The service port. */
  protected int port;

  /** Callers of the service port. */
  protected Caller service;

  /** Operators, at the management port. */
  protected Caller management;

  @DynamicPropertySource
  static void vendor(DynamicPropertyRegistry properties) {
    // Not above, as Spring's test framework logs the properties that stand there.
    properties.add("CLOAKROOM_API_KEY", () -> Canary.KEY);
    properties.add("cloakroom.upstream.base-url", vendor::baseUrl);
    properties.add("cloakroom.content.directory", () -> directory);
  }

  private static Path temporaryDirectory() {
    try {
      return Files.createTempDirectory("pictures").resolve("kept");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @BeforeEach
  void findService(
      @Value("${local.server.port}") int port,
      @Value("${local.management.port}") int managementPort) {
    this.port = port;
    service = new Caller(port, credentials());
    management = Caller.ofUndescribed(managementPort);
    forgetEarlierTests();
  }

  @AfterEach
  void resetVendor() {
    vendor.reset();
  }

  /** Headers that callers need, as names and values in turn. */
  protected String[] credentials() {
    return new String[0];
  }

  /** No cooldown, no image and no failure of the vendor lasts until the next test. */
  private void forgetEarlierTests() {
    String id = newId();
    Canary.KEYS.forEach(key -> vendor.answers(id, key, Vendor.json(Vendor.ready(id))));
    // Again where the machine was too busy to answer in time.
    Awaitility.await()
        .pollDelay(Duration.ZERO)
        .until(
            () -> {
              time.advance(Duration.ofDays(1));
              return service.get("/images/" + id).status() == 200;
            });
    time.advance(Duration.ofHours(1));
  }

  /** An id that no other test asks for. */
  protected static synchronized String newId() {
    return Long.toString(++lastId);
  }

  /** Ids of images that the vendor has answered for, and that are stored no more. */
  protected List<String> newKnownIds(int count) {
    List<String> ids = Stream.generate(ServiceTests::newId).limit(count).toList();
    for (String id : ids) {
      vendor.answers(id, Vendor.ready(id));
      assertThat(service.get("/images/" + id).status()).isEqualTo(200);
    }
    management.send("DELETE", "/actuator/caches/images");
    return ids;
  }

  /** In small steps, with time for calls and answers between them. */
  protected Duration letTimePassUntil(Callable<Boolean> condition) {
    long start = time.read();
    Awaitility.await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(10))
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              if (condition.call()) {
                return true;
              }
              // An answer on its way costs a busy machine milliseconds, not fake seconds.
              if (!isVendorAsked()) {
                time.advance(Duration.ofMillis(250));
              }
              return false;
            });
    return Duration.ofNanos(time.read() - start);
  }

  /** Whether a call is on its way. */
  protected boolean isVendorAsked() {
    return meters.find("cloakroom.upstream.calls").gauges().stream()
        .anyMatch(calls -> calls.value() > 0);
  }
}
