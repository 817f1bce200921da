package dev.cloakroom.upstream;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Vendor;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.test.context.TestPropertySource;

/** What is asked a second time, and how often. */
@TestPropertySource(
    properties = {
      "cloakroom.upstream.retry-budget=0.2",
      "cloakroom.upstream.response-timeout=2500ms",
      "cloakroom.upstream.timeout=3s"
    })
class RetryPolicyTests extends ServiceTests {

  @BeforeEach
  void saveUp() {
    for (int i = 0; i < 30; i++) {
      answerTo(Vendor.readyForAny());
    }
  }

  @Test
  void asksAgainAfterLostConnection() {
    String id = newId();
    vendor.answersInTurn(
        id, aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER), Vendor.json(Vendor.ready(id)));

    Answer answer = service.get("/images/" + id);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(vendor.calls(id)).hasSize(2);
  }

  @Test
  void asksAgainAfter5xx() {
    String id = newId();
    vendor.answersInTurn(
        id, aResponse().withStatus(502).withBody("<html>"), Vendor.json(Vendor.ready(id)));

    assertThat(service.get("/images/" + id).status()).isEqualTo(200);
  }

  @Test
  void asksNotAgainForWhatWouldBeAnsweredTheSame() {
    String error = newId();
    String garbage = newId();
    vendor.answers(error, "{\"status\":\"error\",\"message\":\"Something went wrong\"}");
    vendor.answers(garbage, "garbage");

    service.get("/images/" + error);
    service.get("/images/" + garbage);

    assertThat(vendor.calls(error)).hasSize(1);
    assertThat(vendor.calls(garbage)).hasSize(1);
  }

  @Test
  void asksThreeTimesAtMost() {
    String id = newId();
    vendor.answers(id, aResponse().withStatus(500));

    assertThat(service.get("/images/" + id).problem()).isEqualTo("upstream-unavailable");
    assertThat(vendor.calls(id)).hasSize(3);
    assertThat(management.get("/actuator/prometheus").body())
        .containsPattern("cloakroom_upstream_retries_total [1-9]")
        .containsPattern("cloakroom_upstream_retry_budget [0-9]");
  }

  @Test
  void staysWithinOneDeadlineForAllCallsAndWaits() {
    String id = newId();
    vendor.answersInTurn(
        id,
        aResponse().withStatus(500).withFixedDelay(2_000),
        Vendor.json(Vendor.ready(id)).withFixedDelay(6_000));
    long start = System.nanoTime();

    Answer answer = service.get("/images/" + id);

    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMillis(3_800));
    assertThat(answer.problem()).isEqualTo("upstream-timeout");
    assertThat(vendor.calls(id)).hasSize(2);
  }

  @Test
  void makesFewRepeatsWhileTheVendorFailsEveryCall() {
    int before = vendor.calls();
    vendor.breaksDown(aResponse().withStatus(500));
    int first = 0;
    for (int minute = 0; minute < 100; minute++) {
      time.advance(Duration.ofMinutes(2));
      service.get("/images/" + newId());
      first++;
    }

    int repeats = vendor.calls() - before - first;
    // What the good calls before had saved up, and the share of these.
    assertThat(repeats).isPositive().isLessThanOrEqualTo(6 + first / 5);
  }

  private Answer answerTo(ResponseDefinitionBuilder response) {
    String id = newId();
    vendor.answers(id, response);
    return service.get("/images/" + id);
  }
}
