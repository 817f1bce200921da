package dev.cloakroom.cluster;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.tomakehurst.wiremock.stubbing.StubMapping;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.Canary;
import dev.cloakroom.testsupport.Vendor;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Three replicas that share a real Redis, and a vendor that counts. */
class FleetTests {

  private static final String PROCESSING = "{\"status\":\"processing\",\"output\":[]}";

  private static final Vendor vendor = new Vendor();
  private static final List<Replica> replicas = new ArrayList<>();
  private static RedisServer redis;
  private static long lastId = 700_000_000;

  @BeforeAll
  static void startThree() {
    redis = RedisServer.start();
    for (int i = 0; i < 3; i++) {
      replicas.add(Replica.start(vendor, redis, Map.of()));
    }
    await().until(() -> replicas.stream().allMatch(Replica::shares));
    await()
        .until(() -> replicas.stream().allMatch(r -> r.metric("cloakroom_cluster_replicas") == 3));
  }

  @AfterAll
  static void endAll() {
    replicas.forEach(Replica::close);
    if (redis != null) {
      redis.close();
    }
  }

  private String id;

  @BeforeEach
  void newId() {
    id = Long.toString(++lastId);
  }

  @Test
  void asksTheVendorOnceForAllReplicas() {
    vendor.answers(id, Vendor.json(Vendor.ready(id)).withFixedDelay(500));

    List<Answer> answers = askAll(20);

    assertThat(vendor.calls(id)).hasSize(1);
    assertThat(answers).extracting(Answer::status).containsOnly(200);
    assertThat(answers).extracting(Answer::body).containsOnly(answers.getFirst().body());
  }

  @Test
  void readsFinalImageThatAnotherReplicaHasLearned() {
    vendor.answers(id, Vendor.ready(id));
    Answer first = replicas.get(0).service().get("/images/" + id);
    awaitKept("final");

    Answer second = replicas.get(1).service().get("/images/" + id);

    assertThat(second.status()).isEqualTo(200);
    assertThat(second.header("ETag")).isEqualTo(first.header("ETag"));
    assertThat(vendor.calls(id)).hasSize(1);
  }

  @Test
  void readsUnfinishedImageUntilItsNextFetch() {
    vendor.answers(id, PROCESSING);
    replicas.get(0).service().get("/images/" + id);
    awaitKept("fetch");

    Answer second = replicas.get(1).service().get("/images/" + id);
    await()
        .untilAsserted(
            () -> {
              replicas.get(2).service().get("/images/" + id);
              assertThat(vendor.calls(id)).hasSize(2);
            });

    assertThat(second.status()).isEqualTo(202);
    assertThat(gaps(id)).allMatch(gap -> gap.toMillis() >= 750);
  }

  @Test
  void sendsFailedFetchToAllReplicas() {
    vendor.answers(id, aResponse().withStatus(500).withFixedDelay(500));

    List<Answer> answers = askAll(10);

    assertThat(vendor.calls(id)).hasSize(1);
    assertThat(answers).extracting(Answer::status).containsOnly(answers.getFirst().status());
    assertThat(answers).extracting(Answer::problem).allMatch(p -> p.startsWith("upstream-"));
  }

  @Test
  void fetchesAsForOneWaiterHoweverManyReadAtHoweverManyReplicas() {
    vendor.answers(id, PROCESSING);
    List<CompletableFuture<Answer>> readers = IntStream.range(0, 300).mapToObj(this::read).toList();
    await().pollDelay(Duration.ofSeconds(20)).atMost(Duration.ofMinutes(1)).until(() -> true);
    vendor.answers(id, Vendor.ready(id));

    List<Answer> answers = readers.stream().map(CompletableFuture::join).toList();

    assertThat(answers).allMatch(answer -> answer.body().contains("\"status\":\"success\""));
    // A single waiter: five in the first 5 s, then one whenever the job is a fifth older.
    assertThat(vendor.calls(id)).hasSizeBetween(8, 20);
    assertThat(gaps(id)).allMatch(gap -> gap.toMillis() >= 750);
  }

  /** One of the three ways, at one of the three replicas, until the image is ready. */
  private CompletableFuture<Answer> read(int reader) {
    Replica replica = replicas.get(reader % 3);
    return switch (reader / 3 % 3) {
      case 0 -> replica.service().sendAsync("GET", "/images/" + id + "/events");
      case 1 -> again(replica, "/images/" + id + "?wait=15", Duration.ZERO);
      default -> again(replica, "/images/" + id, Duration.ofSeconds(1));
    };
  }

  private CompletableFuture<Answer> again(Replica replica, String path, Duration pause) {
    return replica
        .service()
        .sendAsync("GET", path)
        .thenCompose(
            answer ->
                answer.status() == 202
                    ? CompletableFuture.supplyAsync(
                            () -> true,
                            CompletableFuture.delayedExecutor(
                                pause.toMillis(), TimeUnit.MILLISECONDS))
                        .thenCompose(_ -> again(replica, path, pause))
                    : CompletableFuture.completedFuture(answer));
  }

  @Test
  void wakesThoseWhoWaitAtAnotherReplica() {
    vendor.answers(id, PROCESSING);
    var waiter = replicas.get(0).service().sendAsync("GET", "/images/" + id + "?wait=30");
    var stream = replicas.get(1).service().sendAsync("GET", "/images/" + id + "/events");
    await().until(() -> vendor.calls(id).size() >= 2);
    vendor.answers(id, Vendor.ready(id));

    Answer asked = replicas.get(2).service().get("/images/" + id, "Cache-Control", "no-cache");

    assertThat(asked.status()).isBetween(200, 202);
    assertThat(waiter.join().status()).isEqualTo(200);
    assertThat(stream.join().body()).contains("\"status\":\"success\"");
  }

  @Test
  void keepsTheLeaseOfFetchThatIsSlowToBegin() {
    vendor.answers(id, Vendor.ready(id));
    var hasBegun = new CompletableFuture<Void>();
    var end = new CompletableFuture<Instant>();
    var fetch =
        replicas
            .getFirst()
            .context()
            .getBean(SharedFetches.class)
            .fetch(
                new ImageId(id),
                Duration.ofDays(1),
                () -> {
                  hasBegun.complete(null);
                  LockSupport.parkNanos(Leases.TIME.multipliedBy(2).toNanos());
                  end.complete(Instant.now());
                  throw new IllegalStateException("without an answer");
                });
    hasBegun.join();

    var elsewhere = replicas.get(1).service().sendAsync("GET", "/images/" + id);

    assertThat(fetch).failsWithin(Duration.ofSeconds(10));
    assertThat(elsewhere.join().status()).isEqualTo(200);
    assertThat(vendor.calls(id)).hasSize(1);
    assertThat(vendor.calls(id).getFirst().getLoggedDate())
        .isAfterOrEqualTo(end.join().truncatedTo(ChronoUnit.MILLIS));
  }

  @Test
  void takesTheLeaseAgainWhereRedisHasLostIt() {
    vendor.answers(id, Vendor.json(Vendor.ready(id)).withFixedDelay(6_000));
    var first = replicas.getFirst().service().sendAsync("GET", "/images/" + id);
    await().until(() -> vendor.calls(id).size() == 1);
    redis.cli("DEL", key("fetch"));
    awaitKept("fetch");

    Answer second = replicas.get(1).service().get("/images/" + id);

    assertThat(List.of(first.join(), second)).extracting(Answer::status).containsOnly(200);
    assertThat(vendor.calls(id)).hasSize(1);
  }

  @Test
  void forgetsImageEverywhere() {
    vendor.answers(id, Vendor.ready(id));
    replicas.forEach(replica -> replica.service().get("/images/" + id));
    awaitKept("final");

    replicas.getFirst().management().send("DELETE", "/actuator/images/" + id);

    await()
        .untilAsserted(
            () ->
                assertThat(replicas)
                    .allMatch(r -> r.management().get("/actuator/images/" + id).status() == 404));
    assertThat(redis.cli("EXISTS", key("final"), key("fetch"))).startsWith("0");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nonsense",
        "1 ready x {}",
        "1 ready x"
            + " {\"id\":\"%s\",\"output\":[\"http://evil.example/a.png\"],\"jobAge\":0,\"freshness\":9,\"fetches\":1}",
        "1 ready x"
            + " {\"id\":\"%s\",\"output\":[\"https://user@evil.example/a.png\"],\"jobAge\":0,\"freshness\":9,\"fetches\":1}",
        "1 ready x"
            + " {\"id\":\"666\",\"output\":[\"https://evil.example/a.png\"],\"jobAge\":0,\"freshness\":9,\"fetches\":1}",
        "1 ready x"
            + " {\"id\":\"%s\",\"output\":[\"https://evil.example/a.png\"],\"jobAge\":0,\"freshness\":9,\"fetches\":1,\"new\":1}",
        "1 teapot x {\"id\":\"%s\",\"jobAge\":0,\"freshness\":9,\"fetches\":1}",
        "9999999999999 ready x"
            + " {\"id\":\"%s\",\"output\":[\"https://evil.example/a.png\"],\"jobAge\":0,\"freshness\":9,\"fetches\":1}"
      })
  void asksTheVendorWhereRedisHoldsNonsense(String value) {
    vendor.answers(id, Vendor.ready(id));
    redis.cli("SET", key("final"), value.formatted(id), "PX", "60000");

    Answer answer = replicas.getFirst().service().get("/images/" + id);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).contains("https://cdn.example/").doesNotContain("evil");
    assertThat(vendor.calls(id)).hasSize(1);
  }

  @Test
  void asksTheVendorWhereRedisHoldsAnotherTypeOfValue() {
    vendor.answers(id, Vendor.ready(id));
    redis.cli("RPUSH", key("final"), "a", "b");

    assertThat(replicas.getFirst().service().get("/images/" + id).status()).isEqualTo(200);
    assertThat(replicas).allMatch(Replica::shares);
  }

  @Test
  void leavesThrottledKeyAloneOnAllReplicas() {
    String other = id + "1";
    vendor.answers(
        id, "{\"status\":\"error\",\"message\":\"Rate limit exceeded\",\"retry_after\":4}");
    vendor.answers(other, Vendor.ready(other));

    Answer throttled = replicas.getFirst().service().get("/images/" + id);
    await()
        .until(
            () ->
                replicas.stream()
                    .allMatch(r -> r.metric("cloakroom_upstream_keys{state=\"cooldown\"}") == 1));
    Answer elsewhere = replicas.get(1).service().get("/images/" + other);
    Answer atNewReplica;
    try (Replica late = Replica.start(vendor, redis, Map.of())) {
      await().until(late::shares);
      await().until(() -> late.metric("cloakroom_upstream_keys{state=\"cooldown\"}") == 1);
      atNewReplica = late.service().get("/images/" + other);
    }

    assertThat(List.of(throttled, elsewhere, atNewReplica))
        .extracting(Answer::problem)
        .containsOnly("upstream-throttled");
    assertThat(vendor.calls(other)).isEmpty();
    await().until(() -> replicas.get(1).service().get("/images/" + other).status() == 200);
  }

  @Test
  void opensTheBreakerOfAllReplicas() {
    List<String> known = IntStream.range(0, 33).mapToObj(i -> id + "00" + i).toList();
    for (int i = 0; i < known.size(); i++) {
      vendor.answers(known.get(i), Vendor.ready(known.get(i)));
      replicas.get(i % 3).service().get("/images/" + known.get(i));
    }
    purge(known);
    StubMapping outage = vendor.breaksDown(aResponse().withStatus(500));
    // A replica whose own calls go well would not believe it.
    IntStream.range(0, 3).forEach(i -> replicas.get(i).service().get("/images/" + known.get(i)));
    known.forEach(image -> replicas.getFirst().service().get("/images/" + image));
    vendor.withdraw(outage);

    await().until(() -> replicas.stream().noneMatch(FleetTests::isClosed));
    Answer elsewhere = replicas.get(1).service().get("/images/" + id);

    assertThat(elsewhere.problem()).isEqualTo("upstream-unavailable");
    assertThat(vendor.calls(id)).isEmpty();
    vendor.answers(id, Vendor.ready(id));
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              replicas.forEach(
                  replica -> replica.service().get("/images/" + id, "Cache-Control", "no-cache"));
              return replicas.stream().allMatch(FleetTests::isClosed);
            });
  }

  /** When all are kept: a write that came later would bring one back. */
  private void purge(List<String> images) {
    String[] exists =
        Stream.concat(Stream.of("EXISTS"), images.stream().map(image -> key(image, "final")))
            .toArray(String[]::new);
    await().until(() -> redis.cli(exists).startsWith("" + images.size()));
    images.forEach(
        image -> replicas.getFirst().management().send("DELETE", "/actuator/images/" + image));
  }

  private static boolean isClosed(Replica replica) {
    return replica.metric("cloakroom_upstream_breaker{state=\"closed\"}") == 1;
  }

  @Test
  void givesEveryKeyTheSamePrefixAndAnEnd() {
    vendor.answers(id, Vendor.ready(id));
    replicas.getFirst().service().get("/images/" + id);
    awaitKept("final");
    redis.cli("DEL", "cloakroom:1:images:{" + id + "}:final");

    List<String> keys = redis.cli("KEYS", "*").lines().toList();

    assertThat(keys).isNotEmpty().allMatch(key -> key.startsWith("cloakroom:"));
    for (String key : keys) {
      if (redis.cli("TYPE", key).startsWith("string")) {
        assertThat(Long.parseLong(redis.cli("PTTL", key).strip())).as(key).isNotEqualTo(-1);
        assertThat(redis.cli("GET", key)).doesNotContain(Canary.KEY.substring(0, 12));
      }
    }
  }

  private void awaitKept(String kind) {
    await().until(() -> redis.cli("EXISTS", key(kind)).startsWith("1"));
  }

  private String key(String kind) {
    return key(id, kind);
  }

  private static String key(String image, String kind) {
    return "cloakroom:1:images:{" + image + "}:" + kind;
  }

  /** All at once, that many at each replica. */
  private List<Answer> askAll(int callers) {
    return Stream.of(Collections.nCopies(callers, replicas))
        .flatMap(List::stream)
        .flatMap(List::stream)
        .map(replica -> replica.service().sendAsync("GET", "/images/" + id))
        .toList()
        .stream()
        .map(CompletableFuture::join)
        .toList();
  }

  /** Between the vendor's calls for an image. */
  private static List<Duration> gaps(String id) {
    List<Long> times =
        vendor.calls(id).stream().map(call -> call.getLoggedDate().getTime()).sorted().toList();
    return IntStream.range(1, times.size())
        .mapToObj(i -> Duration.ofMillis(times.get(i) - times.get(i - 1)))
        .toList();
  }
}
