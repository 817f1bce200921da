package dev.cloakroom;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.Canary;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Vendor;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.system.CapturedOutput;

/** One test for each promise of the documents. */
class CloakroomApplicationTests extends ServiceTests {

  @Test
  void answersReadyImageWithNothingButItsState() {
    String id = newId();
    vendor.answers(id, Vendor.example("04-success-generation-full", id));

    Answer answer = service.get("/images/" + id);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body())
        .isEqualTo(
            "{\"status\":\"success\",\"id\":%s,\"output\":[\"%s\"]}"
                .formatted(
                    id,
                    "https://pub-3626123a908346a7a8be8d9295f44e26.r2.dev/generations/"
                        + "1f6b0c52-7d3e-4b60-9a41-2c8f53e7d901_out.png"));
    assertThat(answer.header("Content-Type")).isEqualTo("application/json");
    assertThat(answer.header("Cache-Control")).isEqualTo("private, max-age=21600");
    assertThat(answer.header("Age")).isEqualTo("0");
    assertThat(answer.header("Cache-Status")).isEqualTo("cloakroom; fwd=uri-miss; stored");
  }

  @Test
  void sendsRetryAfterForUnfinishedImage() {
    String id = newId();
    vendor.answers(id, Vendor.example("09-processing-submit-full", id));

    Answer answer = service.get("/images/" + id);

    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.body())
        .isEqualTo("{\"status\":\"processing\",\"id\":%s,\"output\":[],\"eta\":5}".formatted(id));
    assertThat(answer.header("Retry-After")).isEqualTo("5");
    assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
  }

  @Test
  void answersFailedImageAsSuccessfulRead() {
    String id = newId();
    vendor.answers(id, Vendor.example("12-failed-try-again"));

    Answer answer = service.get("/images/" + id);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body())
        .isEqualTo(
            "{\"status\":\"failed\",\"id\":%s,\"output\":[],\"message\":\"Failed, Try Again\"}"
                .formatted(id));
    assertThat(answer.header("Cache-Control")).isEqualTo("private, max-age=45");
  }

  @Test
  void answersUnknownImageWithProblem() {
    String id = newId();
    vendor.answers(id, Vendor.example("11-failed-request-not-found"));

    Answer answer = service.get("/images/" + id);

    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.problem()).isEqualTo("image-not-found");
    assertThat(answer.json().path("instance").asString()).isEqualTo("/images/" + id);
    assertThat(answer.json().path("status").asInt()).isEqualTo(404);
    assertThat(answer.header("Cache-Control")).isEqualTo("private, max-age=8");
  }

  @ParameterizedTest
  @CsvSource({"0, 400", "007, 400", "7, 200", "999999999999999, 200", "1000000000000000, 400"})
  void asksTheVendorForNoIdThatItDoesNotGive(String id, int status) {
    vendor.answers(id, Vendor.ready(id));

    Answer answer = service.get("/images/" + id);

    assertThat(answer.status()).isEqualTo(status);
    assertThat(vendor.calls(id)).hasSize(status == 200 ? 1 : 0);
  }

  @ParameterizedTest
  @CsvSource({
    "01-success-fetch-minimal",
    "07-processing-fetch-message",
    "11-failed-request-not-found",
    "12-failed-try-again"
  })
  void answersHeadLikeGetWithoutTheBody(String example) {
    String id = newId();
    vendor.answers(id, Vendor.example(example, id));
    service.get("/images/" + id);

    Answer get = service.get("/images/" + id, "X-Request-Id", "same");
    Answer head = service.send("HEAD", "/images/" + id, "X-Request-Id", "same");

    assertThat(head.status()).isEqualTo(get.status());
    assertThat(head.body()).isEmpty();
    assertThat(head.headers().map())
        .containsKey("content-length")
        .containsAllEntriesOf(withoutDate(get));
  }

  private static java.util.Map<String, List<String>> withoutDate(Answer answer) {
    var headers = new java.util.HashMap<>(answer.headers().map());
    headers.remove("date");
    return headers;
  }

  @Test
  void sendsTheVendorTheKeyAndNothingOfTheCaller() {
    String id = newId();
    vendor.answers(id, Vendor.ready(id));

    service.get(
        "/images/" + id,
        "traceparent",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "tracestate",
        "a=1",
        "baggage",
        "user=1",
        "Cookie",
        "session=1",
        "Authorization",
        "Bearer 1");

    LoggedRequest call = vendor.calls(id).getFirst();
    assertThat(call.getBodyAsString()).isEqualTo("{\"key\":\"" + Canary.KEY + "\"}");
    assertThat(call.getHeaders().keys())
        .map(name -> name.toLowerCase(java.util.Locale.ROOT))
        .containsExactlyInAnyOrder(
            "host", "content-type", "content-length", "accept", "accept-encoding", "user-agent");
    assertThat(call.getHeader("Accept-Encoding")).isEqualTo("gzip");
  }

  @Test
  void makesOneCallFor500CallersOfOneImage() {
    String id = newId();
    vendor.answers(id, Vendor.json(Vendor.ready(id)).withFixedDelay(300));

    List<CompletableFuture<Answer>> calls =
        Stream.generate(() -> service.sendAsync("GET", "/images/" + id)).limit(500).toList();
    List<Answer> answers = calls.stream().map(CompletableFuture::join).toList();

    assertThat(answers).extracting(Answer::status).containsOnly(200);
    assertThat(answers).extracting(Answer::body).containsOnly(Vendor.ready(id));
    assertThat(answers)
        .extracting(answer -> answer.header("Cache-Status"))
        .contains("cloakroom; fwd=uri-miss; stored", "cloakroom; fwd=uri-miss; collapsed");
    assertThat(vendor.calls(id)).hasSize(1);
  }

  @Test
  void keepsTheCallWhenItsFirstCallerHangsUp(CapturedOutput output) {
    String id = newId();
    vendor.answers(id, Vendor.json(Vendor.ready(id)).withFixedDelay(300));

    service.askAndDisconnect("/images/" + id);
    Awaitility.await().until(() -> !vendor.calls(id).isEmpty());
    Answer answer = service.get("/images/" + id);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(vendor.calls(id)).hasSize(1);
    assertThat(output).doesNotContain(" ERROR ", " WARN ");
  }

  @Test
  void answersKnownImageWithoutCallAndSaysSo() {
    String id = newId();
    vendor.answers(id, Vendor.ready(id));
    service.get("/images/" + id);
    time.advance(Duration.ofSeconds(60));

    Answer answer = service.get("/images/" + id);

    assertThat(answer.header("Cache-Status")).isEqualTo("cloakroom; hit; ttl=21540");
    assertThat(answer.header("Age")).isEqualTo("60");
    assertThat(vendor.calls(id)).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "01-success-fetch-minimal, PT6H",
    "07-processing-fetch-message, PT1S",
    "12-failed-try-again, PT45S",
    "11-failed-request-not-found, PT8S"
  })
  void remembersEachStateForItsOwnTime(String example, Duration freshness) {
    String id = newId();
    vendor.answers(id, Vendor.example(example, id));
    service.get("/images/" + id);

    time.advance(freshness.minusMillis(1));
    service.get("/images/" + id);
    int callsWhileFresh = vendor.calls(id).size();
    time.advance(Duration.ofMillis(1));
    service.get("/images/" + id);

    assertThat(callsWhileFresh).isEqualTo(1);
    Awaitility.await().untilAsserted(() -> assertThat(vendor.calls(id)).hasSize(2));
  }

  @Test
  void reportsHowLongTheVendorTookWhereItWasCalled() {
    String id = newId();
    vendor.answers(id, Vendor.json(Vendor.ready(id)).withFixedDelay(300));

    Answer miss = service.get("/images/" + id);
    Answer hit = service.get("/images/" + id, "Cache-Control", "max-age=60");

    assertThat(miss.header("Server-Timing"))
        .matches("vendor;dur=[3-9][0-9]{2}\\.[0-9], cloakroom;dur=[0-9]{1,3}\\.[0-9]");
    assertThat(hit.header("Server-Timing")).isEmpty();
  }

  @Test
  void keepsNoFailedCall() {
    String id = newId();
    vendor.answers(id, 500, "");
    Answer failed = service.get("/images/" + id);
    vendor.answers(id, Vendor.ready(id));

    Answer answer = service.get("/images/" + id);

    assertThat(failed.status()).isEqualTo(503);
    assertThat(answer.status()).isEqualTo(200);
  }

  @Test
  void logsFailureOfSharedCallOnceWithTheTraceOfACaller(CapturedOutput output) {
    String id = newId();
    vendor.answers(id, aResponse().withStatus(500).withFixedDelay(300));
    String trace = "0af7651916cd43dd8448eb211c80319c";

    List<CompletableFuture<Answer>> calls =
        Stream.generate(
                () ->
                    service.sendAsync(
                        "GET",
                        "/images/" + id,
                        "traceparent",
                        "00-" + trace + "-b7ad6b7169203331-01"))
            .limit(20)
            .toList();
    List<Answer> answers = calls.stream().map(CompletableFuture::join).toList();

    assertThat(answers).extracting(Answer::problem).containsOnly("upstream-unavailable");
    assertThat(vendor.calls(id)).hasSize(1);
    assertThat(output.getOut().lines())
        .filteredOn(line -> line.contains("/images/" + id))
        .singleElement()
        .asString()
        .contains("WARN", trace, "upstream-unavailable", "HTTP 500");
  }

  @Test
  void logsNothingForExpectedAnswers(CapturedOutput output) {
    String id = newId();
    vendor.answers(id, Vendor.example("11-failed-request-not-found"));

    service.get("/images/" + id);
    service.get("/images/abc");
    service.get("/nothing-here");
    service.send("DELETE", "/images/" + id);

    assertThat(output.getOut()).isEmpty();
  }

  @Test
  void leavesTheVendorAloneForAsLongAsItAsks() {
    String throttled = newId();
    String other = newId();
    vendor.answers(throttled, 429, Vendor.example("15-error-rate-limit-429"));
    vendor.answers(other, Vendor.ready(other));

    Answer first = service.get("/images/" + throttled);
    time.advance(Duration.ofMillis(29_500));
    Answer deferred = service.get("/images/" + other);
    time.advance(Duration.ofMillis(500));
    Answer answer = service.get("/images/" + other);

    assertThat(first.problem()).isEqualTo("upstream-throttled");
    assertThat(first.header("Retry-After")).isEqualTo("30");
    assertThat(deferred.problem()).isEqualTo("upstream-throttled");
    assertThat(deferred.header("Retry-After")).isEqualTo("1");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(vendor.calls(other)).hasSize(1);
  }

  @Test
  void answersKnownImagesWhileEveryKeyIsInCooldown() {
    String known = newId();
    String throttled = newId();
    vendor.answers(known, Vendor.ready(known));
    vendor.answers(throttled, 429, Vendor.example("15-error-rate-limit-429"));
    service.get("/images/" + known);
    service.get("/images/" + throttled);

    Answer answer = service.get("/images/" + known);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("Cache-Status")).startsWith("cloakroom; hit");
  }

  @Test
  void servesWhatItKnowsLongAfterTheVendorFell() {
    String id = newId();
    vendor.answers(id, Vendor.ready(id));
    Answer fresh = service.get("/images/" + id);
    vendor.answers(id, 500, "");
    time.advance(Duration.ofHours(23));

    Answer first = service.get("/images/" + id);
    Awaitility.await().until(() -> vendor.calls(id).size() == 2);
    Awaitility.await()
        .until(
            () -> service.get("/images/" + id).header("Cache-Status").contains("stale-if-error"));
    Answer later = service.get("/images/" + id);

    assertThat(first.status()).isEqualTo(200);
    assertThat(first.body()).isEqualTo(fresh.body());
    assertThat(first.header("Cache-Status"))
        .isEqualTo("cloakroom; hit; ttl=-61200; detail=stale-while-revalidate");
    assertThat(first.header("Age")).isEqualTo("82800");
    assertThat(later.status()).isEqualTo(200);
    assertThat(later.header("Retry-After")).isEmpty();
    assertThat(vendor.calls(id)).hasSize(2);
  }

  @Test
  void servesWhatItKnowsWhileEveryKeyIsInCooldownEvenIfItIsStale() {
    String known = newId();
    String throttled = newId();
    vendor.answers(known, Vendor.ready(known));
    service.get("/images/" + known);
    time.advance(Duration.ofHours(7));
    vendor.answers(throttled, 429, Vendor.example("15-error-rate-limit-429"));
    service.get("/images/" + throttled);

    Answer stale = service.get("/images/" + known);
    Answer unknown = service.get("/images/" + newId());
    time.advance(Duration.ofSeconds(29));
    Answer stillStale = service.get("/images/" + known);

    assertThat(stale.status()).isEqualTo(200);
    assertThat(stale.header("Retry-After")).isEmpty();
    assertThat(unknown.header("Retry-After")).isEqualTo("30");
    assertThat(stillStale.status()).isEqualTo(200);
    assertThat(vendor.calls(known)).hasSize(1);
  }

  @Test
  void fetchesAgainForCallerWhoWantsNoCache() {
    String id = newId();
    vendor.answers(id, Vendor.ready(id));
    service.get("/images/" + id);
    vendor.answers(id, Vendor.json(Vendor.ready(id).replace("-0.png", "-1.png")));

    time.advance(Duration.ofSeconds(59));
    Answer tooEarly = service.get("/images/" + id, "Cache-Control", "no-cache");
    time.advance(Duration.ofSeconds(1));
    Answer answer = service.get("/images/" + id, "Cache-Control", "no-cache");

    assertThat(tooEarly.header("Cache-Status")).isEqualTo("cloakroom; hit; ttl=21541");
    assertThat(answer.header("Cache-Status")).isEqualTo("cloakroom; fwd=request; stored");
    assertThat(answer.body()).contains("-1.png");
    assertThat(vendor.calls(id)).hasSize(2);
  }

  @Test
  void makesNoCallForCallerWhoWantsOnlyWhatIsCached() {
    String id = newId();
    vendor.answers(id, Vendor.ready(id));

    Answer unknown = service.get("/images/" + id, "Cache-Control", "only-if-cached");
    int calls = vendor.calls(id).size();
    service.get("/images/" + id);
    Answer known = service.get("/images/" + id, "Cache-Control", "only-if-cached");

    assertThat(unknown.status()).isEqualTo(504);
    assertThat(unknown.problem()).isEqualTo("not-cached");
    assertThat(calls).isZero();
    assertThat(known.status()).isEqualTo(200);
  }

  @Test
  void logsFetchThatFailsBehindKnownImageOnce(CapturedOutput output) {
    String id = newId();
    vendor.answers(id, Vendor.ready(id));
    service.get("/images/" + id);
    vendor.answers(id, aResponse().withStatus(500).withFixedDelay(300));
    time.advance(Duration.ofHours(7));

    for (int i = 0; i < 20; i++) {
      service.get("/images/" + id);
    }
    Awaitility.await()
        .until(
            () -> service.get("/images/" + id).header("Cache-Status").contains("stale-if-error"));

    assertThat(output.getOut().lines())
        .filteredOn(line -> line.contains("/images/" + id))
        .singleElement()
        .asString()
        .contains("WARN", "is served stale: the vendor answered HTTP 500");
  }

  @Test
  void doesNotBelieveForEverThatAnImageIsFinishedWithoutPicture() {
    String id = newId();
    vendor.answers(id, Vendor.example("06-success-empty-output", id));

    Answer first = service.get("/images/" + id);
    time.advance(Duration.ofMinutes(10));
    Answer atTheEnd = service.get("/images/" + id);
    time.advance(Duration.ofSeconds(30));
    Answer disbelieved = service.get("/images/" + id);
    time.advance(Duration.ofMinutes(10));
    Answer tooLate = service.get("/images/" + id);

    assertThat(first.status()).isEqualTo(202);
    assertThat(atTheEnd.status()).isEqualTo(202);
    assertThat(disbelieved.status()).isEqualTo(202);
    assertThat(disbelieved.header("Cache-Status")).contains("stale-if-error");
    assertThat(tooLate.problem()).isEqualTo("upstream-invalid");
    assertThat(management.get("/actuator/health").json().path("status").asString()).isEqualTo("UP");
  }
}
