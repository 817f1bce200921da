package dev.cloakroom.upstream.restraint;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import dev.cloakroom.Caller.Answer;
import dev.cloakroom.ServiceTests;
import dev.cloakroom.Vendor;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The breaker at a real vendor, in fake time. */
class BreakerTests extends ServiceTests {

  private static final String BROKEN =
      "{\"status\":\"error\",\"message\":\"Something went wrong\"}";

  @Test
  void opensOnErrorsUnder200AndClosesAfterOneGoodAnswer() {
    String known = newId();
    vendor.answers(known, Vendor.ready(known));
    service.get("/images/" + known);
    time.advance(Duration.ofMinutes(2));
    assertThat(statuses(20, Vendor.json(BROKEN))).containsOnly(503);

    Answer refused = answerTo(Vendor.readyForAny());
    Answer hit = service.get("/images/" + known);
    time.advance(Duration.ofMillis(9_900));
    Answer stillRefused = answerTo(Vendor.readyForAny());
    time.advance(Duration.ofMillis(100));
    Answer probe = answerTo(Vendor.json(BROKEN));
    Answer refusedAgain = answerTo(Vendor.readyForAny());
    time.advance(Duration.ofSeconds(10));
    List<Integer> later = statuses(10, Vendor.readyForAny());

    assertThat(refused.problem()).isEqualTo("upstream-unavailable");
    assertThat(refused.header("Retry-After")).isEqualTo("10");
    assertThat(hit.status()).isEqualTo(200);
    assertThat(stillRefused.status()).isEqualTo(503);
    assertThat(stillRefused.header("Retry-After")).isEqualTo("1");
    assertThat(probe.header("Retry-After")).isEqualTo("5");
    assertThat(refusedAgain.header("Retry-After")).isEqualTo("10");
    assertThat(later).containsOnly(200);
  }

  @Test
  void makesNoCallWhileItIsOpenAndTellsOperators() {
    time.advance(Duration.ofMinutes(2));
    statuses(20, Vendor.json(BROKEN));
    int calls = vendor.calls();

    List<Integer> statuses = statuses(20, Vendor.readyForAny());
    Answer health = management.get("/actuator/health");

    assertThat(statuses).containsOnly(503);
    assertThat(vendor.calls()).isEqualTo(calls);
    assertThat(health.json().at("/components/upstream/details/breaker").asString())
        .isEqualTo("open");
    assertThat(health.json().at("/components/upstream/details/action").asString())
        .isEqualTo("Check the vendor's status and the network.");
    assertThat(management.get("/actuator/prometheus").body())
        .contains(
            "cloakroom_upstream_breaker{state=\"open\"} 1",
            "cloakroom_upstream_breaker{state=\"closed\"} 0");
  }

  @Test
  void opensOnSlowAnswers() {
    time.advance(Duration.ofMinutes(2));
    List<CompletableFuture<Answer>> slow =
        Stream.generate(() -> askFor(Vendor.readyForAny().withFixedDelay(600))).limit(20).toList();
    slow.forEach(call -> assertThat(call.join().status()).isEqualTo(200));

    assertThat(answerTo(Vendor.readyForAny()).problem()).isEqualTo("upstream-unavailable");
  }

  @Test
  void opensAfterManyGoodAnswersAsSoon() {
    statuses(200, Vendor.readyForAny());
    int calls = vendor.calls();

    statuses(40, Vendor.json(BROKEN));

    assertThat(vendor.calls() - calls).isEqualTo(24);
  }

  @Test
  void forgetsFailuresOfLongAgo() {
    time.advance(Duration.ofMinutes(2));
    statuses(19, Vendor.json(BROKEN));
    time.advance(Duration.ofMinutes(2));

    statuses(5, Vendor.json(BROKEN));

    assertThat(answerTo(Vendor.readyForAny()).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"12-failed-try-again", "11-failed-request-not-found"})
  void takesEveryStateOfAnImageForGoodAnswer(String example) {
    time.advance(Duration.ofMinutes(2));
    statuses(20, Vendor.json(Vendor.example(example)).withStatus(500));

    assertThat(answerTo(Vendor.readyForAny()).status()).isEqualTo(200);
  }

  @Test
  void leavesThrottlingToTheKeys() {
    for (int i = 0; i < 20; i++) {
      String body = "{\"status\":\"error\",\"message\":\"Rate limit\",\"retry_after\":1}";
      assertThat(answerTo(Vendor.json(body)).problem()).isEqualTo("upstream-throttled");
      time.advance(Duration.ofSeconds(1));
    }

    assertThat(answerTo(Vendor.readyForAny()).status()).isEqualTo(200);
  }

  private List<Integer> statuses(int count, ResponseDefinitionBuilder response) {
    return Stream.generate(() -> answerTo(response).status()).limit(count).toList();
  }

  private Answer answerTo(ResponseDefinitionBuilder response) {
    return askFor(response).join();
  }

  private CompletableFuture<Answer> askFor(ResponseDefinitionBuilder response) {
    String id = newId();
    vendor.answers(id, response);
    return service.sendAsync("GET", "/images/" + id);
  }
}
