package dev.cloakroom.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cloakroom.cluster.SharedCooldowns.Cooldown;
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

/** Cooldowns that a heartbeat has read from a real Redis before they end. */
class HeartbeatTests {

  private static final RedisKeys KEYS = new RedisKeys("images", "me");
  private static final String COOLDOWNS = KEYS.ofGroup().getLast();

  private final Queue<Cooldown> received = new ConcurrentLinkedQueue<>();
  private final CountDownLatch isReading = new CountDownLatch(1);
  private final CountDownLatch mayReadOn = new CountDownLatch(1);
  @TempDir private Path directory;
  private RedisNode redis;
  private LettuceConnectionFactory connections;
  private RedisCooldowns cooldowns;
  private Heartbeat heartbeat;

  @BeforeEach
  void readFirstOfTwo() throws InterruptedException {
    redis = new RedisNode(directory, "--save", "");
    String value = System.currentTimeMillis() + 600_000 + " UPSTREAM_CREDENTIALS";
    redis.cli("HSET", COOLDOWNS, "first", value, "second", value);
    connections = new LettuceConnectionFactory("127.0.0.1", redis.port());
    connections.start();
    var template = new ReactiveStringRedisTemplate(connections);
    var metrics = new ClusterMetrics(new SimpleMeterRegistry());
    var scripts = new RedisScripts(template, connections, Duration.ofSeconds(2), metrics);
    var fetches = new RedisFetches(scripts, KEYS, metrics);
    cooldowns = RedisCooldowns.through(scripts, KEYS);
    heartbeat = new Heartbeat(scripts, KEYS, template, fetches, cooldowns);
    cooldowns.addListener(this::receive);
    heartbeat.start();
    isReading.await();
  }

  private void receive(Cooldown cooldown) {
    received.add(cooldown);
    isReading.countDown();
    try {
      mayReadOn.await();
    } catch (InterruptedException end) {
      Thread.currentThread().interrupt();
    }
  }

  @AfterEach
  void endAll() {
    heartbeat.stop();
    connections.destroy();
    redis.close();
  }

  @Test
  void doesNotSetAgainWhatThisReplicaHasEndedMeanwhile() {
    cooldowns.publish(new Cooldown("second", null, Duration.ZERO));
    await().until(() -> redis.cli("HEXISTS", COOLDOWNS, "second").startsWith("0"));
    int before = received.size();

    mayReadOn.countDown();

    awaitNextHeartbeat(before);
    assertThat(received).extracting(Cooldown::name).containsOnly("first");
  }

  @Test
  void setsWhatThisReplicaHasSetAgain() {
    cooldowns.publish(new Cooldown("second", null, Duration.ZERO));
    cooldowns.publish(new Cooldown("second", Problem.UPSTREAM_THROTTLED, Duration.ofMinutes(1)));
    mayReadOn.countDown();

    await()
        .until(
            () ->
                received.stream()
                    .anyMatch(
                        cooldown ->
                            cooldown.name().equals("second")
                                && cooldown.problem() == Problem.UPSTREAM_THROTTLED));
  }

  /** By then the earlier read was received, and what is still set comes once more. */
  private void awaitNextHeartbeat(int before) {
    await()
        .until(
            () ->
                received.stream()
                        .skip(before)
                        .filter(cooldown -> cooldown.name().equals("first"))
                        .count()
                    >= 1);
  }
}
