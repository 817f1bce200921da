package dev.cloakroom.api;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Caller;
import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Vendor;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;

/** Waiting for a picture instead of polling for it. */
class LongPollTests extends ServiceTests {

  private static final String PROCESSING = Vendor.example("07-processing-fetch-message");
  private static final String UNKNOWN = Vendor.example("11-failed-request-not-found");

  @Autowired private MeterRegistry meters;

  private final String id = newId();

  @Test
  void answersAsSoonAsTheStateIsFinal() {
    vendor.answers(id, PROCESSING);
    CompletableFuture<Answer> answer = waitFor("30");
    letTimePassUntil(() -> vendor.calls(id).size() == 3);

    vendor.answers(id, Vendor.ready(id));
    letTimePassUntil(answer::isDone);

    assertThat(answer.join().status()).isEqualTo(200);
    assertThat(answer.join().json().path("status").asString()).isEqualTo("success");
    assertThat(answer.join().header("Preference-Applied")).isEqualTo("wait=30");
    assertThat(answer.join().header("Vary")).isEqualTo("Accept, Prefer");
    assertThat(vendor.calls(id)).hasSize(4);
  }

  @Test
  void returnsUnfinishedImageWhenTheWaitIsOver() {
    vendor.answers(id, PROCESSING);
    CompletableFuture<Answer> answer = waitFor("5");
    awaitCalls(1);

    time.advance(Duration.ofSeconds(5));

    assertThat(answer).succeedsWithin(Duration.ofSeconds(5));
    assertThat(answer.join().status()).isEqualTo(202);
    assertThat(answer.join().header("Retry-After")).isNotEmpty();
    assertThat(answer.join().header("Cache-Control")).isEqualTo("no-store");
  }

  @Test
  void saysThatTheVendorIsLateWhenTheWaitIsOverBeforeAnythingIsKnown() {
    vendor.answers(id, Vendor.json(PROCESSING).withFixedDelay(900));
    CompletableFuture<Answer> answer = waitFor("5");
    Awaitility.await().until(() -> gauge("cloakroom.waiters") == 1);

    time.advance(Duration.ofSeconds(5));

    assertThat(answer).succeedsWithin(Duration.ofSeconds(5));
    assertThat(answer.join().problem()).isEqualTo("upstream-timeout");
    assertThat(answer.join().header("Retry-After")).isNotEmpty();
  }

  @Test
  void answersFinalImageAtOnce() {
    vendor.answers(id, Vendor.ready(id));
    service.get("/images/" + id);

    Answer first = service.get("/images/" + id, "Prefer", "wait=30");
    Answer second = service.get("/images/" + id + "?wait=30");

    assertThat(first.status()).isEqualTo(200);
    assertThat(second.status()).isEqualTo(200);
    assertThat(second.header("Preference-Applied")).isEmpty();
    assertThat(vendor.calls(id)).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "wait=0                             | wait=0",
        "WAIT = 0                           | wait=0",
        "wait=\"0\"                         | wait=0",
        "respond-async, wait=0, wait=5      | wait=0",
        "handling=lenient; x=\"y\", wait=0  | wait=0",
        "respond-async                      | ''",
        "waiting=5                          | ''"
      })
  void readsThePreference(String preferences, String applied) {
    vendor.answers(id, PROCESSING);

    Answer answer = service.get("/images/" + id, "Prefer", preferences);

    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.header("Preference-Applied")).isEqualTo(applied);
  }

  @Test
  void cutsTheWaitToTheLongest() {
    vendor.answers(id, PROCESSING);
    CompletableFuture<Answer> answer = waitFor("999999999");
    awaitCalls(1);

    time.advance(Duration.ofSeconds(60));

    assertThat(answer).succeedsWithin(Duration.ofSeconds(5));
    assertThat(answer.join().header("Preference-Applied")).isEqualTo("wait=60");
  }

  @ParameterizedTest
  @ValueSource(strings = {"wait", "wait=", "wait=x", "wait=-1", "wait=1.5", "wait=1s", "wait=\"\""})
  void refusesWaitThatIsNotWholeSeconds(String preference) {
    Answer answer = service.get("/images/" + id, "Prefer", preference);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().path("detail").asString())
        .isEqualTo("Give wait as whole seconds, from 0 to 60.");
    assertThat(vendor.calls(id)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"wait", "wait=", "wait=x", "wait=-1", "wait=1.5", "wait=%31%30x"})
  void refusesParameterThatIsNotWholeSeconds(String query) {
    Answer answer = service.get("/images/" + id + "?" + query);

    assertThat(answer.problem()).isEqualTo("invalid-request");
    assertThat(vendor.calls(id)).isEmpty();
  }

  @Test
  void waitsOnHeadToo() {
    vendor.answers(id, PROCESSING);
    CompletableFuture<Answer> answer =
        service.sendAsync("HEAD", "/images/" + id, "Prefer", "wait=30");
    awaitCalls(1);

    vendor.answers(id, Vendor.ready(id));
    letTimePassUntil(answer::isDone);

    assertThat(answer.join().status()).isEqualTo(200);
    assertThat(answer.join().body()).isEmpty();
    assertThat(answer.join().header("ETag")).isNotEmpty();
  }

  @Test
  void doesNotWaitForWhomOnlyWantsWhatIsKnown() {
    Answer answer =
        service.get("/images/" + id, "Prefer", "wait=30", "Cache-Control", "only-if-cached");

    assertThat(answer.problem()).isEqualTo("not-cached");
    assertThat(vendor.calls(id)).isEmpty();
  }

  @Test
  void waitsOnWhileTheVendorFailsAndAsksItSeldom() {
    vendor.answers(id, PROCESSING);
    CompletableFuture<Answer> answer = waitFor("60");
    awaitCalls(1);

    vendor.answers(id, aResponse().withStatus(500));
    Duration passed = letTimePassUntil(() -> vendor.calls(id).size() == 5);
    vendor.answers(id, Vendor.ready(id));
    letTimePassUntil(answer::isDone);

    assertThat(passed).isGreaterThan(Duration.ofSeconds(5));
    assertThat(answer.join().status()).isEqualTo(200);
  }

  @Test
  void sendsTheProblemWhenTheWaitIsOverAndNothingIsKnown() {
    vendor.answers(id, aResponse().withStatus(500));
    CompletableFuture<Answer> answer = waitFor("30");

    Duration passed = letTimePassUntil(answer::isDone);

    assertThat(passed).isGreaterThanOrEqualTo(Duration.ofSeconds(30));
    assertThat(answer.join().problem()).isEqualTo("upstream-unavailable");
    assertThat(answer.join().header("Retry-After")).isEqualTo("5");
    assertThat(vendor.calls(id)).hasSizeBetween(3, 8);
    assertThat(gauge("cloakroom.pollers")).isZero();
  }

  @Test
  void getsOverFirstFetchThatFails() {
    vendor.answers(id, aResponse().withStatus(500));
    CompletableFuture<Answer> answer = waitFor("30");
    letTimePassUntil(() -> vendor.calls(id).size() == 1);

    vendor.answers(id, Vendor.ready(id));
    letTimePassUntil(answer::isDone);

    assertThat(answer.join().status()).isEqualTo(200);
  }

  @Test
  void getsOverThrottledFirstFetch() {
    vendor.answers(id, 429, Vendor.example("15-error-rate-limit-429"));
    CompletableFuture<Answer> answer = waitFor("60");
    letTimePassUntil(() -> vendor.calls(id).size() == 1);

    vendor.answers(id, Vendor.ready(id));
    Duration passed = letTimePassUntil(answer::isDone);

    assertThat(passed).isBetween(Duration.ofSeconds(29), Duration.ofSeconds(50));
    assertThat(answer.join().status()).isEqualTo(200);
  }

  @Test
  void doesNotWaitForAnOperator() {
    vendor.answers(id, Vendor.example("13-error-invalid-key"));

    Answer answer = service.get("/images/" + id, "Prefer", "wait=30");

    assertThat(answer.problem()).isEqualTo("upstream-credentials");
  }

  @Test
  void leavesTheVendorAloneWhileItThrottles() {
    vendor.answers(id, PROCESSING);
    CompletableFuture<Answer> answer = waitFor("60");
    awaitCalls(1);
    vendor.answers(id, 429, Vendor.example("15-error-rate-limit-429"));
    letTimePassUntil(() -> vendor.calls(id).size() == 2);

    vendor.answers(id, Vendor.ready(id));
    Duration passed = letTimePassUntil(answer::isDone);

    assertThat(passed).isGreaterThanOrEqualTo(Duration.ofSeconds(29));
    assertThat(answer.join().status()).isEqualTo(200);
    assertThat(vendor.calls(id)).hasSize(3);
  }

  @Test
  void waitsForAnIdThatIsNotYetRegistered() {
    vendor.answers(id, UNKNOWN);
    CompletableFuture<Answer> answer = waitFor("30");
    awaitCalls(1);

    vendor.answers(id, Vendor.ready(id));
    Duration passed = letTimePassUntil(answer::isDone);

    assertThat(passed).isLessThan(Duration.ofSeconds(4));
    assertThat(answer.join().status()).isEqualTo(200);
  }

  @Test
  void waitsForAnUnknownIdTenSecondsFromTheStartOfTheWait() {
    vendor.answers(id, UNKNOWN);
    service.get("/images/" + id);
    time.advance(Duration.ofSeconds(9));
    CompletableFuture<Answer> answer = waitFor("30");

    Duration passed = letTimePassUntil(answer::isDone);

    assertThat(passed).isBetween(Duration.ofSeconds(9), Duration.ofSeconds(13));
    assertThat(answer.join().problem()).isEqualTo("image-not-found");
    assertThat(vendor.calls(id)).hasSizeBetween(6, 8);
    assertThat(gauge("cloakroom.pollers")).isZero();
  }

  @Test
  void waitsForLateRegistrationThoughSomebodyAskedLongBefore() {
    vendor.answers(id, UNKNOWN);
    CompletableFuture<Answer> early = waitFor("30");
    letTimePassUntil(() -> vendor.calls(id).size() == 4);
    CompletableFuture<Answer> late = waitFor("30");
    letTimePassUntil(early::isDone);

    vendor.answers(id, Vendor.ready(id));
    letTimePassUntil(late::isDone);

    assertThat(early.join().problem()).isEqualTo("image-not-found");
    assertThat(late.join().status()).isEqualTo(200);
  }

  @Test
  void fetchesOnceForAllWhoWait() {
    vendor.answers(id, PROCESSING);
    List<CompletableFuture<Answer>> answers =
        IntStream.range(0, 50).mapToObj(_ -> waitFor("60")).toList();
    CompletableFuture<Answer> stream = listen();
    Awaitility.await().until(() -> gauge("cloakroom.waiters") == 50);
    Duration passed = letTimePassUntil(() -> vendor.calls(id).size() == 8);

    vendor.answers(id, Vendor.ready(id));
    letTimePassUntil(() -> answers.stream().allMatch(CompletableFuture::isDone));

    assertThat(passed).isGreaterThanOrEqualTo(Duration.ofSeconds(7));
    assertThat(answers).allSatisfy(answer -> assertThat(answer.join().status()).isEqualTo(200));
    assertThat(stream.join().body()).contains("\"status\":\"success\"");
    assertThat(vendor.calls(id)).hasSize(9);
  }

  @Test
  void removesTheCallerWhoDisconnectsAndTheScheduleWithTheLast() throws IOException {
    vendor.answers(id, PROCESSING);
    try (Socket caller = service.connect()) {
      Caller.ask(caller, "/images/" + id, "Prefer", "wait=30");
      awaitCalls(1);
      Awaitility.await().until(() -> gauge("cloakroom.waiters") == 1);
    }

    Awaitility.await().until(() -> gauge("cloakroom.waiters") == 0);
    time.advance(Duration.ofMinutes(1));

    assertThat(gauge("cloakroom.pollers")).isZero();
    assertThat(vendor.calls(id)).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100, 20_000})
  void closesTheConnectionCleanlyAfterTheAnswerWhereMoreWasSentBehindAWait(int bytes)
      throws IOException {
    vendor.answers(id, PROCESSING);
    try (Socket caller = service.connect()) {
      Caller.ask(caller, "/images/" + id, "Prefer", "wait=5");
      awaitCalls(1);
      caller.getOutputStream().write(pipelined(bytes));
      Awaitility.await()
          .pollDelay(Duration.ofMillis(100))
          .until(() -> gauge("cloakroom.waiters") == 1);

      time.advance(Duration.ofSeconds(5));

      assertThat(Caller.readUntil(caller, "}"))
          .startsWith("HTTP/1.1 202 ")
          .contains("Connection: close")
          .doesNotContain("HTTP/1.1 400");
      assertThat(caller.getInputStream().read()).isEqualTo(-1);
    }
  }

  private byte[] pipelined(int bytes) {
    String request = "GET /images/" + id + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    return request
        .repeat(bytes / request.length() + 1)
        .substring(0, bytes)
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void noticesCallerThatLeavesAfterAStrayByte() throws IOException {
    vendor.answers(id, PROCESSING);
    try (Socket caller = service.connect()) {
      Caller.ask(caller, "/images/" + id, "Prefer", "wait=30");
      awaitCalls(1);
      caller.getOutputStream().write('x');
      Awaitility.await()
          .pollDelay(Duration.ofMillis(100))
          .until(() -> gauge("cloakroom.waiters") == 1);
    }

    Awaitility.await().until(() -> gauge("cloakroom.waiters") == 0);
  }

  @Test
  void stopsPollingAtMaxPollTime() {
    vendor.answers(id, PROCESSING);
    CompletableFuture<Answer> stream = listen();
    awaitCalls(1);

    Duration passed = letTimePassUntil(stream::isDone);
    int calls = vendor.calls(id).size();
    time.advance(Duration.ofHours(1));

    assertThat(passed).isBetween(Duration.ofSeconds(595), Duration.ofSeconds(605));
    assertThat(stream.join().body()).endsWith("retry: 3000\n\n");
    assertThat(calls).isBetween(50, 100);
    assertThat(vendor.calls(id)).hasSize(calls);
  }

  @Test
  void returnsWhatIsKnownWhenTheVendorHangs() {
    vendor.answers(id, PROCESSING);
    service.get("/images/" + id);
    time.advance(Duration.ofMinutes(1));
    vendor.answers(id, Vendor.json(PROCESSING).withFixedDelay(900));
    CompletableFuture<Answer> answer = waitFor("5");
    Awaitility.await().until(() -> gauge("cloakroom.waiters") == 1);

    time.advance(Duration.ofSeconds(5));

    assertThat(answer).succeedsWithin(Duration.ofSeconds(5));
    assertThat(answer.join().status()).isEqualTo(202);
  }

  @Test
  void countsJobsAndTheirFetches() {
    double jobs = meters.get("cloakroom.jobs").tag("state", "ready").timer().count();
    double fetches = meters.get("cloakroom.jobs.fetches").summary().totalAmount();
    vendor.answers(id, PROCESSING);
    CompletableFuture<Answer> answer = waitFor("30");
    letTimePassUntil(() -> vendor.calls(id).size() == 3);

    vendor.answers(id, Vendor.ready(id));
    letTimePassUntil(answer::isDone);

    assertThat(meters.get("cloakroom.jobs").tag("state", "ready").timer().count() - jobs)
        .isEqualTo(1);
    assertThat(meters.get("cloakroom.jobs.fetches").summary().totalAmount() - fetches).isEqualTo(4);
  }

  private CompletableFuture<Answer> waitFor(String seconds) {
    return service.sendAsync("GET", "/images/" + id, "Prefer", "wait=" + seconds);
  }

  private CompletableFuture<Answer> listen() {
    return service.sendAsync("GET", "/images/" + id + "/events", "Accept", "text/event-stream");
  }

  private void awaitCalls(int count) {
    Awaitility.await().until(() -> vendor.calls(id).size() == count);
    Awaitility.await()
        .until(
            () -> service.get("/images/" + id, "Cache-Control", "only-if-cached").status() != 504);
  }

  private double gauge(String name) {
    return meters.get(name).gauge().value();
  }
}
