package dev.cloakroom.server;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.tomakehurst.wiremock.http.Fault;
import dev.cloakroom.testsupport.Caller;
import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.Canary;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Vendor;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;

/** The ids of requests: where they come from, and where they are found again. */
class RequestIdTests extends ServiceTests {

  private static final String HEADER = "X-Request-Id";
  private static final String NEW = "[0-9a-f]{16}";
  private static final String OWN = "shop:2026-11.25_" + "a".repeat(112);

  @ParameterizedTest
  @ValueSource(
      strings = {"", "?wait=0", "?wait=1", "/events", "/0", "/0?wait=1", "/nothing", "?wait=x"})
  void isTheCallersOwnInEveryAnswer(String path) {
    String id = newId();
    vendor.answers(id, Vendor.ready(id));

    List<Answer> answers =
        Stream.generate(() -> service.get("/images/" + id + path, HEADER, OWN)).limit(2).toList();

    assertThat(answers).allSatisfy(answer -> hasId(answer, OWN));
  }

  private static void hasId(Answer answer, String id) {
    assertThat(answer.headers().allValues(HEADER)).singleElement().asString().matches(id);
    if (!answer.problem().isEmpty()) {
      assertThat(answer.json().at("/requestId").asString()).isEqualTo(answer.header(HEADER));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD", "POST", "OPTIONS", "TRACE"})
  void isTheCallersOwnWithEveryMethod(String method) {
    assertThat(service.send(method, "/images/" + newId(), HEADER, OWN).headers().allValues(HEADER))
        .containsExactly(OWN);
  }

  @Test
  void isNewWhereTheCallerHasNone() {
    String id = newId();
    vendor.answers(id, Vendor.ready(id));

    List<Answer> answers =
        Stream.of("/" + id, "/" + id + "?wait=1", "/" + id + "/events", "/0", "/" + id + "/9", "")
            .map(path -> service.get("/images" + path))
            .toList();

    assertThat(answers).allSatisfy(answer -> hasId(answer, NEW));
    assertThat(answers).extracting(answer -> answer.header(HEADER)).doesNotHaveDuplicates();
    assertThat(service.send("OPTIONS", "/images/1").header(HEADER)).matches(NEW);
  }

  @Test
  void isInNoHitOfCallersThatHaveNone() {
    String id = newId();
    vendor.answers(id, Vendor.ready(id));
    service.get("/images/" + id, HEADER, OWN);

    Answer hit = service.get("/images/" + id);

    assertThat(hit.header("Cache-Status")).contains("; hit");
    assertThat(hit.headers().map()).doesNotContainKey("x-request-id");
  }

  static Stream<String> hostile() {
    return Stream.of(
        "",
        "a b",
        "a,b",
        "a\tb",
        "\"a\"",
        "<script>",
        "${jndi:ldap://a}",
        "a%0d%0aSet-Cookie: a",
        "a/../b",
        "\u00e4",
        "a;b",
        "a".repeat(129),
        "a".repeat(4000),
        "one\r\nX-Request-Id: two",
        "one\r\nx-request-id: one");
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void isNewWhereTheCallersIsNotValid(String value) {
    String id = newId();
    vendor.answers(id, Vendor.ready(id));
    String end =
        " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + HEADER + ": " + value + "\r\n\r\n";

    String miss = service.sendRaw("GET /images/" + id + end);
    String hit = service.sendRaw("GET /images/" + id + end);
    String problem = service.sendRaw("GET /images/0" + end);

    assertThat(miss)
        .startsWith("HTTP/1.1 200 ")
        .containsPattern("\r\n" + HEADER + ": " + NEW + "\r\n");
    assertThat(hit).startsWith("HTTP/1.1 200 ").doesNotContainIgnoringCase(HEADER);
    assertThat(problem)
        .startsWith("HTTP/1.1 400 ")
        .containsPattern("\r\n" + HEADER + ": " + NEW + "\r\n")
        .containsPattern("\"requestId\":\"" + NEW + "\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "garbage\r\n\r\n",
        "GET /images/1 HTTP/3.0\r\nHost: a\r\n\r\n",
        "GET /images/%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET /images/1 HTTP/1.1\r\nHost: a b\r\n\r\n"
      })
  void isInWhatJettyRefuses(String request) {
    String answer = service.sendRaw(request);

    assertThat(answer)
        .startsWith("HTTP/1.1 400 ")
        .containsPattern("\r\n" + HEADER + ": " + NEW + "\r\n")
        .containsPattern("\"requestId\":\"" + NEW + "\"");
  }

  @Test
  void isInTheProblemsOfManyImagesAndOfEvents() throws IOException {
    String id = newId();
    vendor.answers(id, 500, "{}");

    Answer many = service.get("/images?id=" + id, HEADER, "of-many");
    String events;
    try (Socket socket = service.connect()) {
      Caller.ask(socket, "/images/" + id + "/events", HEADER, "of-events");
      events = Caller.readUntil(socket, "\"of-events\"");
    }

    assertThat(many.json().at("/images/0/problem/requestId").asString()).isEqualTo("of-many");
    assertThat(events).contains("event: problem").endsWith("\"requestId\":\"of-events\"");
  }

  @Test
  void neverReachesTheVendor() {
    String id = newId();
    vendor.answers(id, Vendor.ready(id));

    service.get("/images/" + id, HEADER, "not-for-the-vendor");

    assertThat(vendor.calls(id)).singleElement().asString().doesNotContain("not-for-the-vendor");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "?wait=0", "/0"})
  void isInTheLogOfFailures(String path, CapturedOutput output) {
    String id = newId();
    vendor.answers(id, aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER));
    String own = "failing-" + id;

    Answer answer = service.get("/images/" + id + path, HEADER, own);

    assertThat(answer.status()).isGreaterThanOrEqualTo(500);
    await().untilAsserted(() -> assertThat(linesOf(output, "/images/" + id)).isNotEmpty());
    assertThat(linesOf(output, "/images/" + id)).allMatch(line -> line.contains(own));
  }

  private static List<String> linesOf(CapturedOutput output, String words) {
    return output.getOut().lines().filter(line -> line.contains(words)).toList();
  }

  @Test
  void ofASharedFetchIsThatOfTheRequestThatBeganIt(CapturedOutput output) {
    String id = newId();
    vendor.answers(id, aResponse().withStatus(500).withFixedDelay(500));

    CompletableFuture<Answer> first =
        service.sendAsync("GET", "/images/" + id, HEADER, "first-of-" + id);
    await().until(() -> vendor.calls(id).size() == 1);
    List<CompletableFuture<Answer>> others =
        Stream.of("", "?wait=0", "/0")
            .map(path -> service.sendAsync("GET", "/images/" + id + path, HEADER, "other"))
            .toList();
    first.join();
    others.forEach(CompletableFuture::join);

    assertThat(linesOf(output, "/images/" + id))
        .singleElement()
        .asString()
        .contains("first-of-" + id)
        .doesNotContain("other");
  }

  @Test
  void isInTheLogOfAKeyThatIsRejected(CapturedOutput output) {
    String id = newId();
    vendor.answers(id, Vendor.example("13-error-invalid-key"));

    service.get("/images/" + id, HEADER, "rejects-" + id);

    assertThat(linesOf(output, "is rejected"))
        .isNotEmpty()
        .allMatch(line -> line.contains("rejects-" + id))
        .noneMatch(line -> line.contains(Canary.KEY));
  }

  @Test
  void isInTheLogOfWhatIsServedStale(CapturedOutput output) {
    String id = newId();
    vendor.answers(id, Vendor.example("07-processing-fetch-message", id));
    service.get("/images/" + id);
    time.advance(Duration.ofSeconds(30));
    vendor.answers(id, 500, "{}");

    Answer stale = service.get("/images/" + id, HEADER, "stale-" + id);

    assertThat(stale.status()).isEqualTo(202);
    assertThat(linesOf(output, "/images/" + id + " is served stale"))
        .singleElement()
        .asString()
        .contains("stale-" + id);
  }

  @Test
  void ofOneRequestIsNotInTheLogOfTheNext(CapturedOutput output) {
    String one = newId();
    String next = newId();
    vendor.answers(one, 500, "{}");
    vendor.answers(next, 500, "{}");

    for (String id : List.of(one, next)) {
      service.get("/images/" + id, HEADER, "of-" + id);
    }

    assertThat(linesOf(output, "/images/" + next))
        .singleElement()
        .asString()
        .contains("of-" + next)
        .doesNotContain("of-" + one);
  }
}
