package dev.cloakroom.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Caller;
import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.FakeTime;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.context.ConfigurableApplicationContext;

/** The sandbox's odd ids play what the README's table says. */
class SandboxTests {

  // Five seconds, as the first call of a busy machine takes longer than one.
  private static final String[] SETTINGS = {
    "--server.port=0",
    "--management.server.port=0",
    "--cloakroom.upstream.response-timeout=5s",
    "--cloakroom.upstream.retry-budget=0"
  };

  private static ConfigurableApplicationContext sandbox;
  private static FakeTime time;
  private static Caller service;

  @BeforeAll
  static void start() {
    sandbox = Sandbox.start(new SandboxVendor(), SETTINGS, FakeTime.class);
    time = sandbox.getBean(FakeTime.class);
    service =
        new Caller(sandbox.getEnvironment().getRequiredProperty("local.server.port", int.class));
  }

  @AfterAll
  static void stop() {
    sandbox.close();
  }

  @Test
  void playsImagesAndFailuresOfTheVendor() {
    assertThat(service.get("/images/12202888").status()).isEqualTo(202);
    assertThat(service.get("/images/400").body()).contains("\"status\":\"failed\"");
    assertThat(service.get("/images/404").problem()).isEqualTo("image-not-found");
    assertThat(service.get("/images/502").problem()).isEqualTo("upstream-unavailable");
    assertThat(service.get("/images/504").problem()).isEqualTo("upstream-timeout");
  }

  @ParameterizedTest
  @CsvSource({"401, upstream-credentials", "429, upstream-throttled"})
  void rejectsTheKeyForFiveSeconds(String id, String problem) {
    service.get("/images/400");

    Answer first = service.get("/images/" + id);
    Answer newImage = service.get("/images/12" + id);
    Answer knownImage = service.get("/images/400");
    time.advance(Duration.ofSeconds(5));
    Answer laterImage = service.get("/images/13" + id);

    assertThat(first.problem()).isEqualTo(problem);
    assertThat(newImage.status()).isEqualTo(503);
    assertThat(newImage.problem()).isEqualTo(problem);
    assertThat(knownImage.status()).isEqualTo(200);
    assertThat(laterImage.status()).isEqualTo(202);
  }
}
