package dev.cloakroom.cluster;

import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.io.ClassPathResource;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;

/**
 * The way to Redis: one round trip by a time limit, and none while Redis is away.
 *
 * <p>Whether it is away is for heartbeats alone to tell, as a cluster's other shards may be there.
 */
final class Redis {

  static final RedisScript<String> LOOK = script("acquire");
  static final RedisScript<String> EXTEND = script("extend");
  static final RedisScript<String> TELL = script("publish");
  static final RedisScript<String> FORGET = script("purge");
  static final RedisScript<String> HOLD = script("cooldown");
  static final RedisScript<String> TURN = script("reserve");
  private static final RedisScript<String> BEAT = script("heartbeat");

  private static final Logger log = LoggerFactory.getLogger(Redis.class);
  private static final int MOST_PENDING = 1_000;

  private final ReactiveStringRedisTemplate template;
  private final LettuceConnectionFactory connections;
  private final Duration limit;
  private final Shards shards;
  private final AtomicInteger pending = new AtomicInteger();
  private final Timer answered;
  private final Timer failed;
  private final Counter skipped;
  private volatile boolean isUp;
  private volatile @Nullable String fault = "not reached yet";

  Redis(
      ReactiveStringRedisTemplate template,
      LettuceConnectionFactory connections,
      Duration limit,
      MeterRegistry meters) {
    this.template = template;
    this.connections = connections;
    this.limit = limit;
    this.shards = new Shards(this::shardOf, System::nanoTime);
    this.answered = roundTrips("success", meters);
    this.failed = roundTrips("failure", meters);
    this.skipped =
        Counter.builder("cloakroom.cluster.skipped")
            .description("Round trips to Redis that were not made, as it is away or busy")
            .register(meters);
    Gauge.builder("cloakroom.cluster.up", () -> isUp ? 1 : 0)
        .description("1 while replicas share, 0 while Redis is away")
        .register(meters);
  }

  private static RedisScript<String> script(String name) {
    return RedisScript.of(new ClassPathResource("cluster/" + name + ".lua"), String.class);
  }

  private static Timer roundTrips(String outcome, MeterRegistry meters) {
    return Timer.builder("cloakroom.cluster.redis")
        .description("Round trips to Redis")
        .tag("outcome", outcome)
        .register(meters);
  }

  /** The master that has the key's slot; its place is another's after a failover. */
  private String shardOf(String key) {
    if (connections.getNativeClient() instanceof RedisClusterClient cluster) {
      RedisClusterNode master = cluster.getPartitions().getMasterBySlot(SlotHash.getSlot(key));
      return master == null ? "" : master.getNodeId();
    }
    return "";
  }

  /**
   * Fails at once while Redis, or the shard of the first key, is away. Completes on a thread of its
   * own, as what follows may take longer than others want to wait for Redis.
   */
  CompletableFuture<String> run(
      RedisScript<String> script, List<String> keys, Object... arguments) {
    if (!isUp || pending.get() >= MOST_PENDING) {
      return skip();
    }
    Shards.Shard shard = shards.of(keys.getFirst());
    if (!shard.mayBeAsked()) {
      return skip();
    }
    return send(script, limit, keys, arguments).whenComplete((_, failure) -> shard.ended(failure));
  }

  private CompletableFuture<String> skip() {
    skipped.increment();
    return CompletableFuture.failedFuture(new IllegalStateException("Redis is away"));
  }

  /** Asks even while Redis is away, in ten times the time; may block while it connects. */
  CompletableFuture<String> beat(List<String> keys, Object... arguments) {
    return send(BEAT, limit.multipliedBy(10), keys, arguments);
  }

  private CompletableFuture<String> send(
      RedisScript<String> script, Duration limit, List<String> keys, Object... arguments) {
    long start = System.nanoTime();
    pending.incrementAndGet();
    return template
        .execute(script, keys, Stream.of(arguments).map(Object::toString).toList())
        .next()
        .timeout(limit)
        .toFuture()
        .whenComplete((_, failure) -> count(failure, System.nanoTime() - start))
        .whenCompleteAsync((_, _) -> {}, Thread::startVirtualThread)
        .thenApply(Objects::requireNonNull);
  }

  private void count(@Nullable Throwable failure, long nanos) {
    pending.decrementAndGet();
    (failure == null ? answered : failed).record(nanos, TimeUnit.NANOSECONDS);
  }

  /** From now on replicas share. */
  void found() {
    if (!isUp) {
      // Before callers come, who would be kept from asking it for another while.
      shards.forget();
      isUp = true;
      fault = null;
      log.info("Redis is there: replicas share");
    }
  }

  /** From now on this replica goes on alone. */
  void lost(Throwable failure) {
    fault = NestedExceptionUtils.getMostSpecificCause(failure).toString();
    if (isUp) {
      isUp = false;
      log.warn("Redis is away, so this replica goes on alone: {}", fault);
    }
  }

  boolean isUp() {
    return isUp;
  }

  /** Why it is away; null while it is there. */
  @Nullable String fault() {
    return fault;
  }

  /** Connects anew for the next call, as a connection that hangs may do so for long. */
  void reconnect() {
    connections.resetConnection();
  }
}
