package dev.cloakroom.upstream.resilience;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Vendor;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The breaker at a real vendor, in fake time. */
class BreakerTests extends ServiceTests {

  private static final String BROKEN =
      "{\"status\":\"error\",\"message\":\"Something went wrong\"}";

  @Test
  void opensOnErrorsUnder200AndClosesAfterOneGoodAnswer() {
    Iterator<String> known = newKnownIds(22).iterator();
    String hit = newId();
    time.advance(Duration.ofMinutes(2));
    vendor.answers(hit, Vendor.ready(hit));
    service.get("/images/" + hit);
    time.advance(Duration.ofMinutes(2));
    assertThat(statuses(known, 20, Vendor.json(BROKEN))).containsOnly(503);

    Answer refused = answerTo(Vendor.readyForAny());
    Answer served = service.get("/images/" + hit);
    time.advance(Duration.ofMillis(9_900));
    Answer stillRefused = answerTo(Vendor.readyForAny());
    time.advance(Duration.ofMillis(100));
    Answer probe = answerTo(known.next(), Vendor.json(BROKEN));
    Answer refusedAgain = answerTo(known.next(), Vendor.readyForAny());
    time.advance(Duration.ofSeconds(10));
    List<Integer> later = statuses(10, Vendor.readyForAny());

    assertThat(refused.problem()).isEqualTo("upstream-unavailable");
    assertThat(refused.header("Retry-After")).isEqualTo("10");
    assertThat(served.status()).isEqualTo(200);
    assertThat(stillRefused.status()).isEqualTo(503);
    assertThat(stillRefused.header("Retry-After")).isEqualTo("1");
    assertThat(probe.header("Retry-After")).isEqualTo("5");
    assertThat(refusedAgain.header("Retry-After")).isEqualTo("10");
    assertThat(later).containsOnly(200);
  }

  @Test
  void makesNoCallWhileItIsOpenAndReportsIt() {
    openIt();
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

  static Stream<ResponseDefinitionBuilder> failures() {
    return Stream.of(
        Vendor.json(BROKEN),
        aResponse().withStatus(500),
        aResponse().withBody("garbage"),
        aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER),
        Vendor.json(BROKEN).withFixedDelay(600));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void staysClosedAndWellHoweverManyOddIdsFail(ResponseDefinitionBuilder failure) {
    time.advance(Duration.ofMinutes(2));
    askForAll(21, failure).forEach(call -> assertThat(call.join().status()).isBetween(502, 504));

    Answer health = management.get("/actuator/health");

    assertThat(answerTo(Vendor.readyForAny()).status()).isEqualTo(200);
    assertThat(health.json().at("/components/upstream/status").asString()).isEqualTo("UP");
    assertThat(health.json().at("/components/upstream/details/breaker").asString())
        .isEqualTo("closed");
  }

  @Test
  void staysClosedHoweverManyOddIdsAreSlow() {
    time.advance(Duration.ofMinutes(2));
    askForAll(21, Vendor.readyForAny().withFixedDelay(550))
        .forEach(call -> assertThat(call.join().status()).isEqualTo(200));

    assertThat(answerTo(Vendor.readyForAny()).status()).isEqualTo(200);
  }

  @Test
  void believesAllIdsFromTheFailureOfKnownOneToTheNextAnswer() {
    Iterator<String> known = newKnownIds(2).iterator();
    time.advance(Duration.ofMinutes(2));
    answerTo(known.next(), Vendor.json(BROKEN));
    statuses(5, Vendor.json(BROKEN));
    answerTo(Vendor.readyForAny());
    statuses(20, Vendor.json(BROKEN));
    Answer closed = answerTo(Vendor.readyForAny());
    answerTo(known.next(), Vendor.json(BROKEN));
    statuses(40, Vendor.json(BROKEN));

    assertThat(closed.status()).isEqualTo(200);
    assertThat(answerTo(Vendor.readyForAny()).problem()).isEqualTo("upstream-unavailable");
  }

  @Test
  void isNotKeptOpenByProbesOfOddIds() {
    String known = newKnownIds(1).getFirst();
    openIt();
    time.advance(Duration.ofSeconds(10));

    Answer odd = answerTo(Vendor.json(BROKEN));
    Answer nextOdd = answerTo(Vendor.json(BROKEN));
    Answer settled = answerTo(known, Vendor.readyForAny());

    assertThat(odd.header("Retry-After")).isEqualTo("5");
    assertThat(nextOdd.header("Retry-After")).isEqualTo("10");
    assertThat(settled.status()).isEqualTo(200);
    assertThat(statuses(10, Vendor.readyForAny())).containsOnly(200);
  }

  @Test
  void opensAgainForAllWhereKnownIdFailsAfterAnOddOne() {
    Iterator<String> known = newKnownIds(2).iterator();
    openIt();
    time.advance(Duration.ofSeconds(10));

    answerTo(Vendor.json(BROKEN));
    Answer probe = answerTo(known.next(), Vendor.json(BROKEN));
    Answer refused = answerTo(known.next(), Vendor.readyForAny());
    time.advance(Duration.ofSeconds(10));

    assertThat(probe.header("Retry-After")).isEqualTo("5");
    assertThat(refused.header("Retry-After")).isEqualTo("10");
    assertThat(answerTo(Vendor.readyForAny()).status()).isEqualTo(200);
  }

  @Test
  void opensOnSlowAnswers() {
    List<String> known = newKnownIds(20);
    time.advance(Duration.ofMinutes(2));
    List<CompletableFuture<Answer>> slow =
        known.stream().map(id -> askFor(id, Vendor.readyForAny().withFixedDelay(600))).toList();
    slow.forEach(call -> assertThat(call.join().status()).isEqualTo(200));

    assertThat(answerTo(Vendor.readyForAny()).problem()).isEqualTo("upstream-unavailable");
  }

  @Test
  void opensAfterManyGoodAnswersAsSoon() {
    Iterator<String> known = newKnownIds(40).iterator();
    statuses(200, Vendor.readyForAny());
    int calls = vendor.calls();

    statuses(known, 40, Vendor.json(BROKEN));

    assertThat(vendor.calls() - calls).isEqualTo(24);
  }

  @Test
  void ignoresFailuresOfLongAgo() {
    Iterator<String> known = newKnownIds(24).iterator();
    time.advance(Duration.ofMinutes(2));
    statuses(known, 19, Vendor.json(BROKEN));
    time.advance(Duration.ofMinutes(2));

    statuses(known, 5, Vendor.json(BROKEN));

    assertThat(answerTo(Vendor.readyForAny()).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"12-failed-try-again", "11-failed-request-not-found"})
  void takesEveryStateOfAnImageForGoodAnswer(String example) {
    Iterator<String> known = newKnownIds(20).iterator();
    time.advance(Duration.ofMinutes(2));
    statuses(known, 20, Vendor.json(Vendor.example(example)).withStatus(500));

    assertThat(answerTo(Vendor.readyForAny()).status()).isEqualTo(200);
  }

  @Test
  void leavesThrottlingToTheKeys() {
    for (String id : newKnownIds(20)) {
      String body = "{\"status\":\"error\",\"message\":\"Rate limit\",\"retry_after\":1}";
      assertThat(answerTo(id, Vendor.json(body)).problem()).isEqualTo("upstream-throttled");
      time.advance(Duration.ofSeconds(1));
    }

    assertThat(answerTo(Vendor.readyForAny()).status()).isEqualTo(200);
  }

  private void openIt() {
    Iterator<String> known = newKnownIds(20).iterator();
    time.advance(Duration.ofMinutes(2));
    statuses(known, 20, Vendor.json(BROKEN));
  }

  private List<Integer> statuses(int count, ResponseDefinitionBuilder response) {
    return statuses(Stream.generate(ServiceTests::newId).iterator(), count, response);
  }

  private List<Integer> statuses(
      Iterator<String> ids, int count, ResponseDefinitionBuilder response) {
    return Stream.generate(() -> answerTo(ids.next(), response).status()).limit(count).toList();
  }

  private Answer answerTo(ResponseDefinitionBuilder response) {
    return answerTo(newId(), response);
  }

  private Answer answerTo(String id, ResponseDefinitionBuilder response) {
    return askFor(id, response).join();
  }

  private List<CompletableFuture<Answer>> askForAll(int count, ResponseDefinitionBuilder response) {
    return Stream.generate(() -> askFor(newId(), response)).limit(count).toList();
  }

  private CompletableFuture<Answer> askFor(String id, ResponseDefinitionBuilder response) {
    vendor.answers(id, response);
    return service.sendAsync("GET", "/images/" + id);
  }
}
