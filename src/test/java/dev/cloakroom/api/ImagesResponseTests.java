package dev.cloakroom.api;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.Canary;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Vendor;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;

/** Many images in one answer. */
class ImagesResponseTests extends ServiceTests {

  private static final String PROCESSING = Vendor.example("07-processing-fetch-message");
  private static final String ESTIMATED = "{\"status\":\"processing\",\"output\":[],\"eta\":7}";
  private static final String FAILED = Vendor.example("12-failed-try-again");
  private static final String UNKNOWN = Vendor.example("11-failed-request-not-found");
  private static final String READY =
      "{\"status\":\"success\",\"output\":[\"https://cdn.example/0.png\"]}";

  @Autowired private MeterRegistry meters;

  private static String image(String reply) {
    String id = newId();
    vendor.answers(id, reply);
    return id;
  }

  private static String ready() {
    String id = newId();
    vendor.answers(id, Vendor.ready(id));
    return id;
  }

  private static String failing() {
    String id = newId();
    vendor.answers(id, aResponse().withStatus(500));
    return id;
  }

  private static String query(String... ids) {
    return query(List.of(ids));
  }

  private static String query(List<String> ids) {
    return ids.stream().map(id -> "id=" + id).collect(Collectors.joining("&", "/images?", ""));
  }

  private JsonNode entry(Answer answer, int index) {
    return answer.json().path("images").path(index);
  }

  @Test
  void answersInTheOrderAskedWithTheBytesOfSingleAnswers() {
    String ready = ready();
    String unfinished = image(ESTIMATED);
    String failed = image(FAILED);
    String missing = image(UNKNOWN);
    String broken = failing();

    Answer all =
        service.get(query(missing, ready, broken, unfinished, failed), "X-Request-Id", "same");

    assertThat(all.status()).isEqualTo(200);
    assertThat(all.header("Content-Type")).isEqualTo("application/json");
    assertThat(all.header("Vary")).isEqualTo("Accept, Prefer");
    assertThat(all.body())
        .isEqualTo(
            "{\"images\":[{\"status\":\"missing\",\"id\":%s},%s,{\"status\":\"unknown\",\"id\":%s,\"problem\":%s},%s,%s]}"
                .formatted(
                    missing,
                    single(ready).body(),
                    broken,
                    single(broken).body(),
                    single(unfinished).body(),
                    single(failed).body()));
    assertThat(single(broken).problem()).isEqualTo("upstream-unavailable");
  }

  private Answer single(String id) {
    return service.get("/images/" + id, "X-Request-Id", "same");
  }

  @Test
  void countsDuplicatesOnce() {
    String one = ready();
    String other = ready();

    Answer answer = service.get(query(one, other, one, one, other));

    assertThat(answer.json().path("images").size()).isEqualTo(2);
    assertThat(entry(answer, 0).path("id").asString()).isEqualTo(one);
    assertThat(vendor.calls(one)).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "?", "?id", "?id=", "?ids=1", "?wait=1", "?caller=a"})
  void refusesNoIds(String query) {
    int calls = vendor.calls();

    Answer answer = service.get("/images" + query);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.problem()).isEqualTo("invalid-request");
    assertThat(vendor.calls()).isEqualTo(calls);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "007", "x", "1,2", "1%202", "-1", "1234567890123456", "%00", "../1"})
  void refusesAllForOneMalformedId(String malformed) {
    String id = ready();

    Answer json = service.get(query(id) + "&id=" + malformed);
    Answer waiting = service.get(query(id) + "&wait=9&id=" + malformed);
    Answer events = service.get(query(malformed, id), "Accept", "text/event-stream");

    assertThat(List.of(json, waiting, events))
        .allSatisfy(answer -> assertThat(answer.status()).isEqualTo(400));
    assertThat(json.problem()).isEqualTo("invalid-request");
    assertThat(json.json().path("detail").asString()).contains("[1-9][0-9]{0,14}");
    assertThat(vendor.calls(id)).isEmpty();
  }

  @Test
  void answersOneHundredAndRefusesMore() {
    vendor.answersAll(Canary.KEY, Vendor.json(READY));
    List<String> ids = Stream.generate(ServiceTests::newId).limit(100).toList();
    String more = newId();

    Answer tooMany = service.get(query(ids) + "&id=" + more);
    int calls = ids.stream().mapToInt(id -> vendor.calls(id).size()).sum();
    Answer hundred = service.get(query(ids) + "&id=" + ids.getFirst());

    assertThat(tooMany.problem()).isEqualTo("invalid-request");
    assertThat(tooMany.json().path("detail").asString())
        .isEqualTo("Give 1 to 100 ids, as in /images?id=1&id=2.");
    assertThat(calls).isZero();
    assertThat(vendor.calls(more)).isEmpty();
    assertThat(hundred.status()).isEqualTo(200);
    assertThat(hundred.json().path("images").findValuesAsString("id")).isEqualTo(ids);
  }

  @Test
  void mayBeKeptWhileAllAreFresh() {
    String ready = ready();
    String failed = image(FAILED);
    service.get(query(ready));
    time.advance(Duration.ofSeconds(10));
    single(failed);
    time.advance(Duration.ofSeconds(7));

    Answer all = service.get(query(ready, failed));
    Answer fresher = service.get(query(ready));

    assertThat(all.header("ETag")).matches("\"[\\w-]{16}\"");
    assertThat(all.header("Cache-Control")).isEqualTo("private, max-age=45");
    assertThat(all.header("Age")).isEqualTo("7");
    assertThat(all.header("Retry-After")).isEmpty();
    assertThat(all.header("Cache-Status")).isEqualTo("cloakroom; hit; ttl=38");
    assertThat(fresher.header("Cache-Control")).isEqualTo("private, max-age=21600");
    assertThat(fresher.header("Age")).isEqualTo("17");
  }

  @Test
  void isStaleWhenTheFirstOfThemIs() {
    String ready = ready();
    single(ready);
    time.advance(Duration.ofHours(6).minusSeconds(10));
    String failed = image(FAILED);

    Answer all = service.get(query(ready, failed));

    assertThat(all.header("Cache-Control")).isEqualTo("private, max-age=45");
    assertThat(all.header("Age")).isEqualTo("35");
  }

  @ParameterizedTest
  @CsvSource({"ETAG, 304", "W/ETAG, 304", "'\"a\", ETAG', 304", "*, 304", "'\"a\"', 200"})
  void answersThatNothingHasChanged(String validator, int status) {
    String query = query(ready(), image(FAILED));
    Answer first = service.get(query);

    Answer again =
        service.get(query, "If-None-Match", validator.replace("ETAG", first.header("ETag")));

    assertThat(again.status()).isEqualTo(status);
    assertThat(again.header("ETag")).isEqualTo(first.header("ETag"));
    assertThat(again.header("Cache-Control")).isEqualTo(first.header("Cache-Control"));
    assertThat(again.header("Vary")).isEqualTo("Accept, Prefer");
    assertThat(again.header("Cache-Status")).startsWith("cloakroom; hit; ttl=");
    assertThat(again.body().isEmpty()).isEqualTo(status == 304);
  }

  @Test
  void hasAnotherValidatorForOtherImagesOrAnotherOrder() {
    String one = ready();
    String other = ready();

    Stream<String> etags =
        Stream.of(query(one, other), query(other, one), query(one), query(other))
            .map(query -> service.get(query).header("ETag"));

    assertThat(etags).doesNotHaveDuplicates();
  }

  @Test
  void isNotKeptWhileOneIsNotFinalAndSaysWhenTheFirstMayBe() {
    String ready = ready();
    String soon = image(ESTIMATED);
    String missing = image(UNKNOWN);

    Answer all = service.get(query(ready, missing, soon), "If-None-Match", "*");
    Answer known = service.get(query(ready, missing));

    assertThat(all.status()).isEqualTo(200);
    assertThat(all.header("ETag")).isEmpty();
    assertThat(all.header("Cache-Control")).isEqualTo("no-store");
    assertThat(all.header("Retry-After")).isEqualTo("7");
    assertThat(known.header("Retry-After")).isEqualTo("8");
  }

  @Test
  void saysWhenToTryAgainWhereTheVendorAnswersForNone() {
    Answer broken = service.get(query(failing(), failing()));
    Answer notCached = service.get(query(newId()), "Cache-Control", "only-if-cached");

    assertThat(broken.header("Retry-After")).isEqualTo("5");
    assertThat(notCached.header("Retry-After")).isEqualTo("5");
  }

  @Test
  void answersHeadWithoutTheBody() {
    String query = query(ready(), image(FAILED));
    Answer get = service.get(query);

    Answer head = service.send("HEAD", query);
    Answer unchanged = service.send("HEAD", query, "If-None-Match", get.header("ETag"));

    assertThat(head.status()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
    assertThat(head.header("ETag")).isEqualTo(get.header("ETag"));
    assertThat(head.header("Content-Length"))
        .isEqualTo(Integer.toString(get.body().length()))
        .isEqualTo(get.header("Content-Length"));
    assertThat(unchanged.status()).isEqualTo(304);
  }

  @Test
  void servesTheOthersWhenOneHangs() {
    String ready = ready();
    String hanging = newId();
    vendor.answers(hanging, Vendor.json(READY).withFixedDelay(1_500));

    Answer all = service.get(query(hanging, ready));

    assertThat(entry(all, 0).path("status").asString()).isEqualTo("unknown");
    assertThat(entry(all, 0).path("problem").path("type").asString())
        .isEqualTo("urn:cloakroom:problem:upstream-timeout");
    assertThat(entry(all, 0).path("problem").path("instance").asString())
        .isEqualTo("/images/" + hanging);
    assertThat(entry(all, 1).path("status").asString()).isEqualTo("success");
  }

  @Test
  void servesWhatIsKnownWhenTheVendorFails() {
    String known = image(PROCESSING);
    single(known);
    time.advance(Duration.ofMinutes(1));
    vendor.breaksDown(aResponse().withStatus(500));

    Answer all = service.get(query(known, newId()));

    assertThat(entry(all, 0).path("status").asString()).isEqualTo("processing");
    assertThat(entry(all, 1).path("status").asString()).isEqualTo("unknown");
    assertThat(all.header("Cache-Status")).isEqualTo("cloakroom; fwd=partial");
  }

  @Test
  void makesNoFetchOrNewOnesAsTheCallerWants() {
    String known = image(PROCESSING);
    String unknown = ready();
    single(known);
    time.advance(Duration.ofSeconds(5));

    Answer cached = service.get(query(known, unknown), "Cache-Control", "only-if-cached");
    Answer waiting = service.get(query(known) + "&wait=30", "Cache-Control", "only-if-cached");
    int calls = vendor.calls(known).size() + vendor.calls(unknown).size();
    Answer fresh = service.get(query(known, unknown), "Cache-Control", "no-cache");

    assertThat(entry(cached, 0).path("status").asString()).isEqualTo("processing");
    assertThat(entry(cached, 1).path("problem").path("type").asString())
        .isEqualTo("urn:cloakroom:problem:not-cached");
    assertThat(waiting.status()).isEqualTo(200);
    assertThat(calls).isEqualTo(1);
    assertThat(entry(fresh, 1).path("status").asString()).isEqualTo("success");
    assertThat(vendor.calls(known)).hasSize(2);
  }

  @Test
  void saysHowTheAnswerCameAbout() {
    String one = ready();
    String other = ready();

    Answer miss = service.get(query(one));
    Answer partial = service.get(query(one, other));
    Answer hit = service.get(query(one, other));
    time.advance(Duration.ofHours(7));
    Answer stale = service.get(query(one, other));

    assertThat(miss.header("Cache-Status")).isEqualTo("cloakroom; fwd=miss");
    assertThat(miss.header("Server-Timing")).matches("vendor;dur=[0-9.]+, cloakroom;dur=[0-9.]+");
    assertThat(partial.header("Cache-Status")).isEqualTo("cloakroom; fwd=partial");
    assertThat(hit.header("Cache-Status")).isEqualTo("cloakroom; hit; ttl=21600");
    assertThat(hit.header("Server-Timing")).isEmpty();
    assertThat(stale.header("Cache-Status")).matches("cloakroom; hit; ttl=-\\d+; detail=stale-.*");
  }

  @Test
  void speaksJsonUnlessEventsAreAsked() {
    String query = query(ready());

    assertThat(service.get(query, "Accept", "*/*").header("Content-Type"))
        .isEqualTo("application/json");
    assertThat(service.get(query, "Accept", "application/json, text/plain, */*").status())
        .isEqualTo(200);
    assertThat(service.get(query, "Accept", "text/event-stream").header("Content-Type"))
        .isEqualTo("text/event-stream");
    assertThat(service.get(query, "Accept", "text/html").problem()).isEqualTo("not-acceptable");
    assertThat(service.send("POST", query).problem()).isEqualTo("method-not-allowed");
    assertThat(service.send("POST", query).header("Allow")).contains("GET", "HEAD");
    assertThat(service.get("/images/?id=1").problem()).isEqualTo("not-found");
  }

  @Test
  void countsAnswersUnderTheirOwnPathAndImagesEach() {
    String query = query(ready(), ready(), ready());
    double ready = meters.get("cloakroom.images").tag("state", "ready").counter().count();

    service.get(query);

    assertThat(meters.get("cloakroom.images").tag("state", "ready").counter().count() - ready)
        .isEqualTo(3);
    assertThat(meters.get("http.server.requests").tag("uri", "/images").timers()).isNotEmpty();
  }

  @Test
  void makesOneCallForEachImageHoweverManyCallersAskForAllOfThem() {
    vendor.answersAll(Canary.KEY, Vendor.json(READY).withFixedDelay(200));
    List<String> ids = Stream.generate(ServiceTests::newId).limit(100).toList();
    int before = vendor.calls();

    List<CompletableFuture<Answer>> answers =
        IntStream.range(0, 20).mapToObj(_ -> service.sendAsync("GET", query(ids))).toList();

    assertThat(answers)
        .allSatisfy(
            answer ->
                assertThat(answer.join().json().path("images").findValuesAsString("status"))
                    .hasSize(100)
                    .containsOnly("success"));
    assertThat(vendor.calls() - before).isEqualTo(100);
    assertThat(meters.get("cloakroom.fetching").gauge().value()).isZero();
  }
}
