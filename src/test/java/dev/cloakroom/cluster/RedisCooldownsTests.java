package dev.cloakroom.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cloakroom.problem.Problem;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

/** Holds that were read from a real Redis before they were lifted, and are told after that. */
class RedisCooldownsTests {

  private static final RedisKeys NAMES = new RedisKeys("images", "me");
  private static final String HOLDS = NAMES.ofFleet().getLast();

  private final Queue<Cooldown> told = new ConcurrentLinkedQueue<>();
  private final CountDownLatch isReading = new CountDownLatch(1);
  private final CountDownLatch mayReadOn = new CountDownLatch(1);
  @TempDir private Path directory;
  private RedisNode redis;
  private LettuceConnectionFactory connections;
  private RedisCluster cluster;

  @BeforeEach
  void readFirstOfTwo() throws InterruptedException {
    redis = new RedisNode(directory, "--save", "");
    String held = System.currentTimeMillis() + 600_000 + " UPSTREAM_CREDENTIALS";
    redis.cli("HSET", HOLDS, "first", held, "second", held);
    connections = new LettuceConnectionFactory("127.0.0.1", redis.port());
    connections.start();
    var template = new ReactiveStringRedisTemplate(connections);
    var meters = new SimpleMeterRegistry();
    cluster =
        new RedisCluster(
            new Redis(template, connections, Duration.ofSeconds(2), meters),
            NAMES,
            template,
            meters);
    cluster.listen(this::hear);
    cluster.start();
    isReading.await();
  }

  private void hear(Cooldown hold) {
    told.add(hold);
    isReading.countDown();
    try {
      mayReadOn.await();
    } catch (InterruptedException end) {
      Thread.currentThread().interrupt();
    }
  }

  @AfterEach
  void endAll() {
    cluster.stop();
    connections.destroy();
    redis.close();
  }

  @Test
  void areNotSetAgainWhereThisReplicaLiftedThemMeanwhile() {
    cluster.tell(new Cooldown("second", null, Duration.ZERO));
    await().until(() -> redis.cli("HEXISTS", HOLDS, "second").startsWith("0"));
    int before = told.size();

    mayReadOn.countDown();

    awaitNextBeat(before);
    assertThat(told).extracting(Cooldown::name).containsOnly("first");
  }

  @Test
  void areSetAgainWhereTheyAreHeldAgain() {
    cluster.tell(new Cooldown("second", null, Duration.ZERO));
    cluster.tell(new Cooldown("second", Problem.UPSTREAM_THROTTLED, Duration.ofMinutes(1)));
    mayReadOn.countDown();

    await()
        .until(
            () ->
                told.stream()
                    .anyMatch(
                        hold ->
                            hold.name().equals("second")
                                && hold.problem() == Problem.UPSTREAM_THROTTLED));
  }

  /** What was read before has then been told, and what is held still is told once more. */
  private void awaitNextBeat(int before) {
    await()
        .until(
            () ->
                told.stream().skip(before).filter(hold -> hold.name().equals("first")).count()
                    >= 1);
  }
}
