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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;

/** Callers who wait for many images, in a service with little room. */
@TestPropertySource(
    properties = {
      "cloakroom.lookup.max-waiters-per-image=2",
      "cloakroom.lookup.max-waiters=5",
      "cloakroom.lookup.max-waiters-per-client=3",
      "cloakroom.lookup.trusted-proxies=1"
    })
class PendingImagesTests extends ServiceTests {

  private static final String PROCESSING = Vendor.example("07-processing-fetch-message");
  private static final String UNKNOWN = Vendor.example("11-failed-request-not-found");
  private static final String FORWARDED = "X-Forwarded-For";

  @Autowired private MeterRegistry meters;

  private final List<Socket> callers = new ArrayList<>();

  @AfterEach
  void disconnect() throws IOException {
    for (Socket caller : callers) {
      caller.close();
    }
    Awaitility.await().until(() -> gauge("cloakroom.waiters") + gauge("cloakroom.streams") == 0);
    assertThat(gauge("cloakroom.pollers")).isZero();
  }

  private static String image(String reply) {
    String id = newId();
    vendor.answers(id, reply);
    return id;
  }

  private static List<String> unfinished(int count) {
    return Stream.generate(() -> image(PROCESSING)).limit(count).toList();
  }

  private static String query(String... ids) {
    return query(List.of(ids));
  }

  private static String query(List<String> ids) {
    return ids.stream().map(id -> "id=" + id).collect(Collectors.joining("&", "/images?", ""));
  }

  private static List<String> statuses(Answer answer) {
    return answer.json().path("images").findValuesAsString("status");
  }

  private static String problem(Answer answer, int index) {
    return answer
        .json()
        .path("images")
        .path(index)
        .path("problem")
        .path("type")
        .asString("")
        .replace("urn:cloakroom:problem:", "");
  }

  private double gauge(String name) {
    return meters.get(name).gauge().value();
  }

  private CompletableFuture<Answer> waitFor(String seconds, String... ids) {
    return service.sendAsync("GET", query(ids), "Prefer", "wait=" + seconds);
  }

  private void open(String path, String client) {
    double before = gauge("cloakroom.waiters") + gauge("cloakroom.streams");
    Socket caller = service.connect();
    callers.add(caller);
    String accept = path.contains("wait=") ? "application/json" : "text/event-stream";
    Caller.ask(caller, path, FORWARDED, client, "Accept", accept);
    Awaitility.await()
        .until(() -> gauge("cloakroom.waiters") + gauge("cloakroom.streams") == before + 1);
  }

  @Test
  void answersWhenTheLastImageIsFinal() {
    String slow = image(PROCESSING);
    String slower = image(PROCESSING);
    String ready = newId();
    vendor.answers(ready, Vendor.ready(ready));
    CompletableFuture<Answer> answer = waitFor("60", slow, ready, slower);
    letTimePassUntil(() -> vendor.calls(slower).size() == 2);

    vendor.answers(slow, Vendor.ready(slow));
    letTimePassUntil(() -> vendor.calls(slower).size() == 4);
    boolean isEarly = answer.isDone();
    vendor.answers(slower, Vendor.example("12-failed-try-again"));
    letTimePassUntil(answer::isDone);

    assertThat(isEarly).isFalse();
    assertThat(answer.join().status()).isEqualTo(200);
    assertThat(statuses(answer.join())).containsExactly("success", "success", "failed");
    assertThat(answer.join().header("Preference-Applied")).isEqualTo("wait=60");
    assertThat(answer.join().header("Cache-Control")).isEqualTo("private, max-age=45");
    assertThat(answer.join().header("ETag")).isNotEmpty();
    assertThat(vendor.calls(ready)).hasSize(1);
  }

  @Test
  void answersWithAllAsTheyStandWhenTheTimeIsOver() {
    String ready = newId();
    vendor.answers(ready, Vendor.ready(ready));
    String broken = newId();
    vendor.answers(broken, aResponse().withStatus(500));
    String late = newId();
    vendor.answers(late, Vendor.json(PROCESSING).withFixedDelay(900));
    CompletableFuture<Answer> answer = waitFor("5", ready, image(PROCESSING), broken, late);
    letTimePassUntil(answer::isDone);

    assertThat(statuses(answer.join()))
        .startsWith("success", "processing", "unknown")
        .hasSizeGreaterThanOrEqualTo(4);
    assertThat(problem(answer.join(), 2)).isEqualTo("upstream-unavailable");
    assertThat(answer.join().header("Cache-Control")).isEqualTo("no-store");
    assertThat(answer.join().header("Retry-After")).isNotEmpty();
  }

  @Test
  void answersFinalImagesAtOnceAndPollsNone() {
    String ready = newId();
    vendor.answers(ready, Vendor.ready(ready));
    String failed = image(Vendor.example("12-failed-try-again"));
    service.get(query(ready, failed));

    Answer answer = service.get(query(ready, failed) + "&wait=30");
    Answer events = service.get(query(ready, failed), "Accept", "text/event-stream");

    assertThat(statuses(answer)).containsExactly("success", "failed");
    assertThat(answer.header("Cache-Status")).startsWith("cloakroom; hit; ttl=");
    assertThat(events.body()).contains("id: 1\n", "id: 2\n").doesNotContain("id: 3\n");
    assertThat(vendor.calls(ready)).hasSize(1);
    assertThat(vendor.calls(failed)).hasSize(1);
  }

  @Test
  void saysHowOldTheStateIsThatCameBeforeTheOthers() {
    String first = newId();
    vendor.answers(first, Vendor.ready(first));
    String last = image(PROCESSING);
    CompletableFuture<Answer> answer = waitFor("60", first, last);
    Duration passed = letTimePassUntil(() -> vendor.calls(last).size() == 8);

    vendor.answers(last, Vendor.ready(last));
    letTimePassUntil(answer::isDone);

    assertThat(Integer.parseInt(answer.join().header("Age")))
        .isGreaterThanOrEqualTo((int) passed.toSeconds() - 2);
  }

  @Test
  void waitsForAnUnknownIdTenSecondsAndForTheOthersOn() {
    String missing = image(UNKNOWN);
    String slow = image(PROCESSING);
    CompletableFuture<Answer> alone = waitFor("60", missing);
    CompletableFuture<Answer> answer = waitFor("60", missing, slow);

    Duration passed = letTimePassUntil(alone::isDone);
    time.advance(Duration.ofSeconds(20));
    int calls = vendor.calls(missing).size();
    boolean isEarly = answer.isDone();
    vendor.answers(slow, Vendor.ready(slow));
    letTimePassUntil(answer::isDone);

    assertThat(passed).isBetween(Duration.ofSeconds(9), Duration.ofSeconds(13));
    assertThat(statuses(alone.join())).containsExactly("missing");
    assertThat(isEarly).isFalse();
    assertThat(statuses(answer.join())).containsExactly("missing", "success");
    assertThat(vendor.calls(missing)).hasSize(calls);
  }

  @Test
  void doesNotWaitForAnOperator() {
    String one = image(Vendor.example("13-error-invalid-key"));
    String other = image(Vendor.example("13-error-invalid-key"));

    Answer answer = service.get(query(one, other) + "&wait=30");

    assertThat(problem(answer, 0)).isEqualTo("upstream-credentials");
    assertThat(problem(answer, 1)).isEqualTo("upstream-credentials");
    assertThat(answer.header("Preference-Applied")).isEmpty();
  }

  @Test
  void causesTheCallsOfSingleWaits() {
    List<String> ids = unfinished(3);
    CompletableFuture<Answer> single =
        service.sendAsync("GET", "/images/" + ids.getFirst() + "?wait=60");
    CompletableFuture<Answer> many = waitFor("60", ids.toArray(String[]::new));
    letTimePassUntil(() -> vendor.calls(ids.getFirst()).size() == 6);

    double pollers = gauge("cloakroom.pollers");
    ids.forEach(id -> vendor.answers(id, Vendor.ready(id)));
    letTimePassUntil(() -> single.isDone() && many.isDone());

    assertThat(pollers).isEqualTo(3);
    assertThat(ids).allSatisfy(id -> assertThat(vendor.calls(id)).hasSizeBetween(6, 7));
  }

  @Test
  void refusesWaitThatIsNotWholeSeconds() {
    String id = image(PROCESSING);

    Answer answer = service.get(query(id), "Prefer", "wait=soon");

    assertThat(answer.problem()).isEqualTo("invalid-request");
    assertThat(vendor.calls(id)).isEmpty();
  }

  @Test
  void takesOnePlaceForEachConnection() {
    open(query(unfinished(20)), "10.0.0.1");
    open(query(unfinished(10)) + "&wait=60", "10.0.0.1");
    open("/images/" + unfinished(1).getFirst() + "?wait=60", "10.0.0.1");
    String id = image(PROCESSING);

    Answer refused = service.get(query(id) + "&wait=60", FORWARDED, "10.0.0.1");
    Answer stream = service.get(query(id), FORWARDED, "10.0.0.1", "Accept", "text/event-stream");
    open(query(id) + "&wait=60", "10.0.0.2");
    open(query(id) + "&wait=60", "10.0.0.2");
    Answer full = service.get(query(newId()) + "&wait=60", FORWARDED, "10.0.0.3");

    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.problem()).isEqualTo("too-many-requests");
    assertThat(stream.problem()).isEqualTo("too-many-requests");
    assertThat(full.status()).isEqualTo(503);
    assertThat(full.problem()).isEqualTo("too-many-waiters");
    assertThat(full.header("Retry-After")).isEqualTo("5");
  }

  @Test
  void servesWhatIsKnownWithoutPlaceWhereNobodyWaits() {
    String known = image(PROCESSING);
    service.get("/images/" + known);
    IntStream.range(0, 3).forEach(_ -> open(query(unfinished(2)) + "&wait=60", "10.0.0.1"));

    Answer answer = service.get(query(known, newId()), FORWARDED, "10.0.0.1");

    assertThat(statuses(answer)).startsWith("processing", "unknown");
    assertThat(problem(answer, 1)).isEqualTo("too-many-requests");
  }

  @Test
  void refusesOnlyTheImagesThatTooManyWaitFor() {
    String popular = image(PROCESSING);
    service.get("/images/" + popular);
    open("/images/" + popular + "?wait=60", "10.0.0.1");
    open("/images/" + popular + "?wait=60", "10.0.0.2");
    String other = newId();
    vendor.answers(other, Vendor.ready(other));

    Answer waiting = service.get(query(popular, other) + "&wait=9", FORWARDED, "10.0.0.3");
    Answer plain = service.get(query(popular, other), FORWARDED, "10.0.0.3");
    Answer single = service.get("/images/" + popular + "?wait=9", FORWARDED, "10.0.0.3");

    assertThat(statuses(waiting)).containsExactly("processing", "success");
    assertThat(statuses(plain)).containsExactly("processing", "success");
    assertThat(single.problem()).isEqualTo("too-many-waiters");
  }

  @Test
  void limitsTheImagesOfEachClientAndOfAll() {
    open(query(unfinished(31)) + "&wait=60", "10.0.0.1");

    Answer refused = service.get(query(unfinished(2)) + "&wait=9", FORWARDED, "10.0.0.1");
    Answer stream =
        service.get(query(unfinished(2)), FORWARDED, "10.0.0.1", "Accept", "text/event-stream");
    Answer plain = service.get(query(unfinished(2)), FORWARDED, "10.0.0.1");
    Answer single = service.get("/images/" + unfinished(1).getFirst(), FORWARDED, "10.0.0.1");
    open(query(unfinished(21)) + "&wait=60", "10.0.0.2");
    Answer all = service.get(query(unfinished(2)) + "&wait=9", FORWARDED, "10.0.0.3");

    assertThat(refused.problem()).isEqualTo("too-many-requests");
    assertThat(stream.problem()).isEqualTo("too-many-requests");
    assertThat(problem(plain, 0)).isEqualTo("too-many-requests");
    assertThat(single.status()).isEqualTo(202);
    assertThat(all.problem()).isEqualTo("too-many-waiters");
  }

  @Test
  void refusesNewImagesWhereTooManyAreAwaitedButNoSingleOnes() {
    List<String> ids = unfinished(5);
    String known = image(PROCESSING);
    service.get("/images/" + known);
    open(query(ids), "10.0.0.1");
    double ofOneClient = gauge("cloakroom.pollers");

    open(query(unfinished(2)) + "&wait=60", "10.0.0.2");
    double ofAll = gauge("cloakroom.pollers");
    Answer others = service.get(query(ids.getFirst(), known, newId()), FORWARDED, "10.0.0.2");
    Answer single = service.get("/images/" + unfinished(1).getFirst(), FORWARDED, "10.0.0.1");

    assertThat(ofOneClient).isEqualTo(4);
    assertThat(ofAll).isEqualTo(5);
    assertThat(statuses(others)).startsWith("processing", "processing", "unknown");
    assertThat(problem(others, 2)).isEqualTo("too-many-waiters");
    assertThat(single.status()).isEqualTo(202);
  }

  @Test
  void endsAllPollersWhenTheCallerDisconnects() throws IOException {
    List<String> ids = unfinished(3);
    open(query(ids), "10.0.0.1");
    open(query(ids) + "&wait=60", "10.0.0.1");
    Awaitility.await().until(() -> gauge("cloakroom.pollers") == 3);

    for (Socket caller : callers) {
      caller.close();
    }

    Awaitility.await().until(() -> gauge("cloakroom.pollers") == 0);
    Awaitility.await().until(() -> gauge("cloakroom.waiters") + gauge("cloakroom.streams") == 0);
    open(query(ids) + "&wait=60", "10.0.0.1");
    open(query(ids) + "&wait=60", "10.0.0.1");
  }
}
