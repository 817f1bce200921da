package dev.cloakroom.upstream.key;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.Canary;
import dev.cloakroom.testsupport.MountedSecret;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Vendor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/** The whole service with three keys, which come from a mounted Secret. */
class ThreeKeysTests extends ServiceTests {

  private static final String A = Canary.KEY;
  private static final String B = Canary.SECOND_KEY;
  private static final String C = Canary.THIRD_KEY;

  private static final String INVALID_REQUEST =
      "{\"status\":\"error\",\"message\":\"Invalid request\"}";

  private static final MountedSecret secret = new MountedSecret(Map.of("a", A));

  @Autowired private KeyReloader reloader;

  @DynamicPropertySource
  static void keys(DynamicPropertyRegistry properties) {
    properties.add("cloakroom.upstream.keys", () -> "");
    properties.add("cloakroom.upstream.key-directory", secret::directory);
  }

  @BeforeEach
  void clearCooldowns() {
    mount(Map.of("a", "none-of-these-keys-is-used"));
    mount(Map.of("a", A, "b", B, "c", C));
  }

  @AfterAll
  static void remove() {
    secret.swap(Map.of("a", A));
  }

  @Test
  void servesByTheNextKeyAndLeavesThrottledOneInCooldown() {
    String id = newId();
    vendor.answers(id, A, throttled(60));
    vendor.answers(id, B, Vendor.json(Vendor.ready(id)));

    Answer answer = service.get("/images/" + id);
    time.advance(Duration.ofMillis(59_500));
    List<String> meanwhile = keysOfNewImages(4);
    time.advance(Duration.ofMillis(500));
    List<String> later = keysOfNewImages(3);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(vendor.keysOf(id)).containsExactly(A, B);
    assertThat(meanwhile).containsExactly(C, B, C, B);
    assertThat(later).containsExactly(A, C, B);
  }

  @Test
  void servesTheSameRequestByTheNextKeyAndRejectsTheFirst() {
    String id = newId();
    vendor.answers(id, A, Vendor.json(Vendor.example("13-error-invalid-key")));
    vendor.answers(id, B, Vendor.json(Vendor.ready(id)));

    Answer answer = service.get("/images/" + id);
    Answer health = management.get("/actuator/health");
    String metrics = management.get("/actuator/prometheus").body();
    time.advance(Duration.ofMillis(4_900));
    List<String> meanwhile = keysOfNewImages(4);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(health.status()).isEqualTo(200);
    assertThat(health.json().at("/components/upstream/details/action").asString())
        .matches("Key `a` rejected since .*: replace it, or top up its account.");
    assertThat(health.json().at("/components/upstream/details/keys/b").asString())
        .isEqualTo("usable");
    assertThat(metrics)
        .contains(
            "cloakroom_upstream_keys{state=\"rejected\"} 1",
            "cloakroom_upstream_keys{state=\"usable\"} 2",
            "cloakroom_upstream_key_cooldown_seconds{key=\"a\"} 5",
            "cloakroom_upstream_key_cooldown_seconds{key=\"b\"} 0");
    assertThat(meanwhile).doesNotContain(A);
  }

  @Test
  void takesRejectedKeyBackWhenItsSlowTrialFindsItWell() {
    String id = newId();
    vendor.answers(id, A, Vendor.json(Vendor.example("16-error-credits")));
    vendor.answers(id, B, Vendor.json(Vendor.ready(id)));
    service.get("/images/" + id);

    time.advance(Duration.ofSeconds(5));
    List<String> keys = keysOfNewImages(4);

    assertThat(keys).containsExactly(A, C, B, A);
  }

  @Test
  void takesRejectedKeyBackWhenItsFileChanges() {
    String id = newId();
    vendor.answers(id, A, Vendor.json(Vendor.example("13-error-invalid-key")));
    vendor.answers(id, B, Vendor.json(Vendor.ready(id)));
    service.get("/images/" + id);

    mount(Map.of("a", C, "b", B));

    assertThat(keysOfNewImages(2)).contains(C);
  }

  @Test
  void returnsTheSoonestRetryWhenNoKeyIsLeft() {
    String id = newId();
    vendor.answers(id, A, throttled(60));
    vendor.answers(id, B, throttled(20));
    vendor.answers(id, C, throttled(40));

    Answer first = service.get("/images/" + id);
    time.advance(Duration.ofSeconds(5));
    Answer later = service.get("/images/" + newId());

    assertThat(first.status()).isEqualTo(503);
    assertThat(first.problem()).isEqualTo("upstream-throttled");
    assertThat(first.header("Retry-After")).isEqualTo("20");
    assertThat(later.problem()).isEqualTo("upstream-throttled");
    assertThat(later.header("Retry-After")).isEqualTo("15");
    assertThat(vendor.keysOf(id)).containsExactly(A, B, C);
  }

  @Test
  void returnsRetryAfterWhileOneKeyIsOnlyThrottled() {
    String id = newId();
    vendor.answers(id, A, throttled(60));
    vendor.answers(id, B, Vendor.json(Vendor.example("13-error-invalid-key")));
    vendor.answers(id, C, Vendor.json(INVALID_REQUEST));

    Answer answer = service.get("/images/" + id);

    assertThat(answer.problem()).isEqualTo("upstream-throttled");
    assertThat(answer.header("Retry-After")).isEqualTo("5");
    assertThat(vendor.keysOf(id)).containsExactly(A, B, C);
  }

  @ParameterizedTest
  @MethodSource("dev.cloakroom.upstream.key.OddIdTests#answers")
  void leavesAllKeysUsableAfterAnOddId(int code, String body) {
    String id = newId();
    for (String key : List.of(A, B, C)) {
      vendor.answers(id, key, Vendor.json(body).withStatus(code));
    }

    Answer first = service.get("/images/" + id);
    time.advance(Duration.ofSeconds(6));
    Answer second = service.get("/images/" + id);

    assertThat(List.of(first.problem(), second.problem())).containsOnly("upstream-unavailable");
    assertThat(first.header("Retry-After")).isEqualTo("5");
    assertThat(usableKeys()).isEqualTo(3);
    assertThat(keysOfNewImages(3)).containsExactlyInAnyOrder(A, B, C);
  }

  @Test
  void servesByTheNextKeyWhereTheVendorRefusesKeyOrId() {
    String id = newId();
    vendor.answers(id, A, Vendor.json(INVALID_REQUEST));
    vendor.answers(id, B, Vendor.json("{\"message\":\"Forbidden\"}").withStatus(403));
    vendor.answers(id, C, Vendor.json(Vendor.ready(id)));

    assertThat(service.get("/images/" + id).status()).isEqualTo(200);
    assertThat(usableKeys()).isEqualTo(3);
  }

  @Test
  void rejectsOneKeyByRequestHoweverManyTheVendorRefuses() {
    String id = newId();
    for (String key : List.of(A, B, C)) {
      vendor.answers(id, key, Vendor.json(Vendor.example("13-error-invalid-key")));
    }

    Answer answer = service.get("/images/" + id);

    assertThat(answer.problem()).isEqualTo("upstream-credentials");
    assertThat(answer.header("Retry-After")).isEqualTo("5");
    assertThat(vendor.keysOf(id)).containsExactly(A, B, C);
    assertThat(usableKeys()).isEqualTo(2);
    assertThat(keysOfNewImages(2)).containsExactlyInAnyOrder(B, C);
  }

  private long usableKeys() {
    JsonNode keys =
        management.get("/actuator/health").json().at("/components/upstream/details/keys");
    return keys.valueStream().filter(key -> key.asString().equals("usable")).count();
  }

  @Test
  void asksForAnOperatorWhenEveryKeyIsRejected() {
    var answers = new ArrayList<Answer>();
    for (int i = 0; i < 3; i++) {
      String id = newId();
      for (String key : List.of(A, B, C)) {
        vendor.answers(id, key, Vendor.json(Vendor.example("13-error-invalid-key")));
      }
      answers.add(service.get("/images/" + id));
    }
    Answer health = management.get("/actuator/health");

    assertThat(answers).extracting(Answer::problem).containsOnly("upstream-credentials");
    assertThat(answers.getLast().header("Retry-After")).isEqualTo("5");
    assertThat(health.status()).isEqualTo(503);
    assertThat(health.json().at("/components/upstream/details/action").asString())
        .contains("Key `a`", "Key `b`", "Key `c`");
  }

  @Test
  void settlesAtOneCallForEachOf100ImagesOfThreeAccounts() {
    List<String> ids = Stream.generate(ServiceTests::newId).limit(100).toList();
    for (int i = 0; i < ids.size(); i++) {
      for (String key : Canary.KEYS) {
        boolean isOwner = key.equals(ownerOf(i));
        vendor.answers(ids.get(i), key, isOwner ? unfinished() : unknown());
      }
    }

    assertThat(statuses(ids)).containsOnly(202);
    List<Integer> atFirst = ids.stream().map(id -> vendor.calls(id).size()).toList();
    time.advance(Duration.ofSeconds(30));
    assertThat(statuses(ids)).containsOnly(202);
    time.advance(Duration.ofSeconds(30));
    assertThat(statuses(ids)).containsOnly(202);

    assertThat(atFirst).contains(1, 2, 3).allMatch(calls -> calls <= 3);
    for (int i = 0; i < ids.size(); i++) {
      List<String> keys = vendor.keysOf(ids.get(i));
      assertThat(keys.subList(atFirst.get(i) - 1, keys.size()))
          .containsExactly(ownerOf(i), ownerOf(i), ownerOf(i));
    }
  }

  @Test
  void asksAllKeysForAnUnknownImageOnceWithinTheNegativeTime() {
    String id = newId();
    for (String key : List.of(A, B, C)) {
      vendor.answers(id, key, unknown());
    }

    Answer first = service.get("/images/" + id);
    int calls = vendor.calls(id).size();
    time.advance(Duration.ofSeconds(2));
    service.get("/images/" + id, "Cache-Control", "no-cache");
    int callsOfSecondFetch = vendor.calls(id).size() - calls;
    time.advance(Duration.ofSeconds(8));
    service.get("/images/" + id);

    assertThat(first.status()).isEqualTo(404);
    assertThat(calls).isEqualTo(3);
    assertThat(callsOfSecondFetch).isEqualTo(1);
    assertThat(vendor.calls(id)).hasSize(7);
  }

  @Test
  void callsNoImageUnknownWhoseAccountIsInCooldown() {
    String id = newId();
    String other = newId();
    vendor.answers(id, A, unfinished());
    vendor.answers(id, B, unknown());
    vendor.answers(id, C, unknown());
    assertThat(service.get("/images/" + id).status()).isEqualTo(202);
    vendor.answers(id, A, throttled(60));
    vendor.answers(other, B, unknown());
    vendor.answers(other, C, unknown());

    time.advance(Duration.ofSeconds(20));
    Answer stale = service.get("/images/" + id);
    Answer undecided = service.get("/images/" + other);

    assertThat(stale.status()).isEqualTo(202);
    assertThat(stale.header("Cache-Status")).contains("stale-if-error");
    assertThat(undecided.problem()).isEqualTo("upstream-throttled");
    assertThat(undecided.header("Retry-After")).isEqualTo("60");
  }

  @Test
  void usesNewKeyWithin5SecondsWithoutOneFailedRequest() {
    vendor.answersAll(A, Vendor.readyForAny());
    vendor.answersAll(B, Vendor.readyForAny());
    mount(Map.of("main", A));
    var isOver = new AtomicBoolean();
    var callers = Stream.generate(() -> askUntil(isOver)).limit(8).toList();
    int old;
    try {
      Awaitility.await().until(() -> vendor.callsWith(A) > 100);
      int before = vendor.callsWith(B);
      secret.swap(Map.of("main", B));
      Awaitility.await()
          .atMost(Duration.ofSeconds(5))
          .until(() -> vendor.callsWith(B) > before + 100);
      old = vendor.callsWith(A);
      Awaitility.await().until(() -> vendor.callsWith(B) > before + 500);
    } finally {
      isOver.set(true);
    }

    assertThat(callers.stream().flatMap(caller -> caller.join().stream())).containsOnly(200);
    assertThat(vendor.callsWith(A)).isEqualTo(old);
  }

  @Test
  void keepsItsKeysAndSaysSoWhileTheirDirectoryIsEmpty() {
    mount(Map.of());

    assertThat(keysOfNewImages(3)).containsExactlyInAnyOrder(A, B, C);
    assertThat(management.get("/actuator/health").json().at("/components/upstream/details"))
        .asString()
        .contains("without any key", "The previous keys stay in use.");
    assertThat(management.get("/actuator/prometheus").body())
        .containsPattern("cloakroom_upstream_key_directory_failures_total [1-9]");
  }

  @Test
  void passesOnNoKeyThatTheVendorEchoesWhosesoeverItIs() {
    String all = A + " " + B + " " + C;
    List<String> bodies =
        List.of(
            "{\"status\":\"failed\",\"message\":\"%1$s\"}",
            "{\"status\":\"processing\",\"message\":\"%1$s\",\"eta\":\"%1$s\"}",
            "{\"status\":\"error\",\"message\":\"Invalid key %1$s\"}",
            "{\"status\":\"error\",\"messege\":\"%1$s\",\"tips\":\"%1$s\"}",
            "{\"status\":\"%1$s\",\"message\":\"%1$s\"}",
            "{\"status\":\"success\",\"output\":[\"https://a.example/?k=%1$s\",\"%1$s\"]}",
            "{\"status\":\"success\",\"output\":[\"https://a.example/%1$s\"],\"id\":\"%1$s\"}",
            "{\"%1$s\":\"%1$s\"}",
            "%1$s");

    for (String body : bodies) {
      for (int code : new int[] {200, 401, 500}) {
        String id = newId();
        for (String key : List.of(A, B, C)) {
          vendor.answers(id, key, echo(code, body.formatted(all)));
        }
        clearCooldowns();
        time.advance(Duration.ofMinutes(2));

        Answer answer = service.get("/images/" + id);

        assertThat(answer.headers().map() + answer.body())
            .as(body)
            .doesNotContain(A, B, C)
            .doesNotContainIgnoringCase("canary");
      }
    }
    assertThat(management.get("/actuator/health").body()).doesNotContain(A, B, C);
  }

  /** In no order that the turns of the keys could follow. */
  private static String ownerOf(int image) {
    return Canary.KEYS.get(image * 7 % 5 % 3);
  }

  private static ResponseDefinitionBuilder echo(int code, String body) {
    return aResponse()
        .withStatus(code)
        .withStatusMessage(A)
        .withHeader("Content-Type", "application/json; key=" + B)
        .withHeader("Retry-After", C)
        .withHeader("Set-Cookie", "key=" + A)
        .withHeader("X-Key", B, C)
        .withBody(body);
  }

  private void mount(Map<String, String> files) {
    secret.swap(files);
    reloader.reload();
  }

  private CompletableFuture<List<Integer>> askUntil(AtomicBoolean isOver) {
    return CompletableFuture.supplyAsync(
        () -> {
          var statuses = new ArrayList<Integer>();
          while (!isOver.get()) {
            statuses.add(service.get("/images/" + newId()).status());
          }
          return statuses;
        },
        Thread::startVirtualThread);
  }

  private List<String> keysOfNewImages(int count) {
    var keys = new ArrayList<String>();
    for (int i = 0; i < count; i++) {
      String id = newId();
      for (String key : List.of(A, B, C)) {
        vendor.answers(id, key, Vendor.json(Vendor.ready(id)));
      }
      assertThat(service.get("/images/" + id).status()).isEqualTo(200);
      keys.addAll(vendor.keysOf(id));
    }
    return keys;
  }

  private List<Integer> statuses(List<String> ids) {
    return ids.stream().map(id -> service.get("/images/" + id).status()).toList();
  }

  private static ResponseDefinitionBuilder throttled(int seconds) {
    return Vendor.json(
            "{\"status\":\"error\",\"message\":\"Rate limit\",\"retry_after\":" + seconds + "}")
        .withStatus(429);
  }

  private static ResponseDefinitionBuilder unknown() {
    return Vendor.json(Vendor.example("11-failed-request-not-found"));
  }

  private static ResponseDefinitionBuilder unfinished() {
    return Vendor.json(Vendor.example("07-processing-fetch-message"));
  }
}
