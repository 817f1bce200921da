package dev.cloakroom.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.Vendor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Replicas whose Redis goes away and comes back while they are read. */
class RedisOutageTests {

  private static final String PROCESSING = "{\"status\":\"processing\",\"output\":[]}";
  private static final int REPLICAS = 3;
  private static final int RATE = 10;

  private static final Vendor vendor = new Vendor();
  private static final List<Replica> replicas = new ArrayList<>();
  private static RedisServer redis;
  private static long lastId = 800_000_000;

  @BeforeAll
  static void startThree() {
    redis = RedisServer.start();
    for (int i = 0; i < REPLICAS; i++) {
      replicas.add(
          Replica.start(
              vendor,
              redis,
              Map.of(
                  "cloakroom.cluster.command-timeout",
                  "200ms",
                  "cloakroom.upstream.rate",
                  Integer.toString(RATE))));
    }
    awaitSharing();
  }

  @AfterAll
  static void endAll() {
    replicas.forEach(Replica::close);
    if (redis != null) {
      redis.close();
    }
  }

  static Stream<Arguments> faults() {
    return Stream.of(
        fault("stopped", RedisServer::stop, RedisServer::startAgain),
        fault("paused", RedisServer::pause, RedisServer::goOn));
  }

  private static Arguments fault(
      String name, Consumer<RedisServer> begin, Consumer<RedisServer> end) {
    return Arguments.argumentSet(name, begin, end);
  }

  @ParameterizedTest
  @MethodSource("faults")
  void failsNobodyAndComesTogetherAgain(Consumer<RedisServer> begin, Consumer<RedisServer> end) {
    String job = newId();
    vendor.answers(job, PROCESSING);
    List<String> ready = Stream.generate(RedisOutageTests::newId).limit(20).toList();
    ready.forEach(id -> vendor.answers(id, Vendor.ready(id)));
    Queue<Answer> answers = new ConcurrentLinkedQueue<>();
    var isOver = new AtomicBoolean();
    int callsWhileAway;
    try (ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 30; i++) {
        Replica replica = replicas.get(i % REPLICAS);
        String id = i % 2 == 0 ? job : ready.get(i % 20);
        readers.execute(
            () -> {
              while (!isOver.get()) {
                answers.add(replica.service().get("/images/" + id));
                pause();
              }
            });
      }
      await().until(() -> vendor.calls(job).size() >= 2);

      begin.accept(redis);
      await().until(() -> replicas.stream().noneMatch(Replica::shares));
      int before = vendor.calls(job).size();
      await().pollDelay(Duration.ofSeconds(4)).until(() -> true);
      callsWhileAway = vendor.calls(job).size() - before;
      end.accept(redis);
      awaitSharing();
      isOver.set(true);
    }

    assertThat(answers).extracting(Answer::status).containsOnly(200, 202);
    // At most one each second, of each replica.
    assertThat(callsWhileAway).isBetween(1, REPLICAS * 5);
    String later = newId();
    vendor.answers(later, Vendor.json(Vendor.ready(later)).withFixedDelay(300));
    replicas.stream()
        .map(replica -> replica.service().sendAsync("GET", "/images/" + later))
        .toList()
        .forEach(answer -> assertThat(answer.join().status()).isEqualTo(200));
    assertThat(vendor.calls(later)).hasSize(1);
  }

  @Test
  void keepsToTheRateTogetherAndToItsShareAlone() {
    List<String> ids = Stream.generate(RedisOutageTests::newId).limit(30).toList();
    ids.forEach(id -> vendor.answers(id, Vendor.ready(id)));

    long start = System.nanoTime();
    askEach(ids);
    Duration together = Duration.ofNanos(System.nanoTime() - start);
    double share = replicas.getFirst().metric("cloakroom_upstream_rate");
    redis.pause();
    await().until(() -> replicas.stream().noneMatch(Replica::shares));
    List<String> more = Stream.generate(RedisOutageTests::newId).limit(30).toList();
    more.forEach(id -> vendor.answers(id, Vendor.ready(id)));
    start = System.nanoTime();
    askEach(more);
    Duration alone = Duration.ofNanos(System.nanoTime() - start);
    double ownShare = replicas.getFirst().metric("cloakroom_upstream_rate");
    redis.goOn();
    awaitSharing();

    assertThat(share).isEqualTo(RATE);
    assertThat(ownShare).isEqualTo((double) RATE / REPLICAS);
    // 2.9 and 2.7 s where no round trip takes too long; 0.9 s if each replica had the whole rate.
    assertThat(together).isGreaterThan(Duration.ofSeconds(2));
    assertThat(alone).isGreaterThan(Duration.ofSeconds(2));
  }

  @Test
  void isReadyWithoutRedisAndSaysSo() {
    redis.pause();
    await().until(() -> replicas.stream().noneMatch(Replica::shares));
    Answer readiness = replicas.getFirst().management().get("/actuator/health/readiness");
    Answer health = replicas.getFirst().management().get("/actuator/health");
    redis.goOn();
    awaitSharing();

    assertThat(readiness.status()).isEqualTo(200);
    assertThat(health.json().at("/components/redis/status").asString()).isEqualTo("DOWN");
    assertThat(health.json().at("/components/redis/details/action").asString())
        .contains("spring.data.redis");
  }

  private static void askEach(List<String> ids) {
    var answers = new ArrayList<CompletableFuture<Answer>>();
    for (int i = 0; i < ids.size(); i++) {
      answers.add(replicas.get(i % REPLICAS).service().sendAsync("GET", "/images/" + ids.get(i)));
    }
    answers.forEach(answer -> assertThat(answer.join().status()).isEqualTo(200));
  }

  private static void awaitSharing() {
    await().atMost(Duration.ofSeconds(10)).until(() -> replicas.stream().allMatch(Replica::shares));
    await()
        .atMost(Duration.ofSeconds(10))
        .until(
            () ->
                replicas.stream()
                    .allMatch(replica -> replica.metric("cloakroom_cluster_replicas") == REPLICAS));
  }

  private static synchronized String newId() {
    return Long.toString(++lastId);
  }

  private static void pause() {
    try {
      Thread.sleep(ThreadLocalRandom.current().nextLong(50, 150));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
