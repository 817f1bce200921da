package dev.cloakroom.cluster;

import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
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
 * Runs scripts in Redis: one round trip with a timeout each, and none while Redis is unavailable.
 *
 * <p>Only heartbeats decide whether it is available, as a cluster's other shards may be.
 */
final class RedisScripts {

  static final RedisScript<String> ACQUIRE = script("acquire");
  static final RedisScript<String> EXTEND = script("extend");
  static final RedisScript<String> PUBLISH = script("publish");
  static final RedisScript<String> PURGE = script("purge");
  static final RedisScript<String> COOLDOWN = script("cooldown");
  static final RedisScript<String> RESERVE = script("reserve");
  static final RedisScript<String> USE = script("use");
  private static final RedisScript<String> HEARTBEAT = script("heartbeat");

  private static final Logger log = LoggerFactory.getLogger(RedisScripts.class);
  private static final int MAX_PENDING = 1_000;

  private final ReactiveStringRedisTemplate template;
  private final LettuceConnectionFactory connections;
  private final Duration timeout;
  private final ClusterMetrics metrics;
  private final Shards shards;
  private final AtomicInteger pending = new AtomicInteger();
  private volatile boolean isUp;
  private volatile @Nullable String fault = "not reached yet";
  private volatile int replicas = 1;
  private volatile long clockLead;

  RedisScripts(
      ReactiveStringRedisTemplate template,
      LettuceConnectionFactory connections,
      Duration timeout,
      ClusterMetrics metrics) {
    this.template = template;
    this.connections = connections;
    this.timeout = timeout;
    this.metrics = metrics;
    this.shards = new Shards(this::shardOf, System::nanoTime);
    metrics.showAvailability(() -> isUp ? 1 : 0, () -> replicas);
  }

  private static RedisScript<String> script(String name) {
    return RedisScript.of(new ClassPathResource("cluster/" + name + ".lua"), String.class);
  }

  /** The master of the key's slot; its place is another's after a failover. */
  private String shardOf(String key) {
    if (connections.getNativeClient() instanceof RedisClusterClient cluster) {
      RedisClusterNode master = cluster.getPartitions().getMasterBySlot(SlotHash.getSlot(key));
      return master == null ? "" : master.getNodeId();
    }
    return "";
  }

  /**
   * Fails at once while Redis, or the shard of the first key, is unavailable. Completes on a thread
   * of its own, as what follows may take longer than others want to wait for Redis.
   */
  CompletableFuture<String> run(
      RedisScript<String> script, List<String> keys, Object... arguments) {
    if (!isUp || pending.get() >= MAX_PENDING) {
      return skip();
    }
    Shards.Shard shard = shards.of(keys.getFirst());
    if (!shard.mayBeAsked()) {
      return skip();
    }
    return send(script, timeout, keys, arguments)
        .whenComplete((_, failure) -> shard.ended(failure));
  }

  private CompletableFuture<String> skip() {
    metrics.countSkipped();
    return CompletableFuture.failedFuture(new IllegalStateException("Redis is unavailable"));
  }

  /** Runs even while Redis is unavailable, with ten times the timeout; may block to connect. */
  CompletableFuture<String> heartbeat(List<String> keys, Object... arguments) {
    return send(HEARTBEAT, timeout.multipliedBy(10), keys, arguments);
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
        .whenComplete(
            (_, failure) -> {
              pending.decrementAndGet();
              metrics.record(failure == null, System.nanoTime() - start);
            })
        .whenCompleteAsync((_, _) -> {}, Thread::startVirtualThread)
        .thenApply(Objects::requireNonNull);
  }

  /**
   * From now on replicas share.
   *
   * @param now Redis's clock, in milliseconds
   */
  void available(long now, int replicas) {
    this.clockLead = now - System.currentTimeMillis();
    this.replicas = replicas;
    if (!isUp) {
      // Before callers come, who would be kept from asking it for another while.
      shards.reset();
      isUp = true;
      fault = null;
      log.info("Redis available; sharing with other replicas");
    }
  }

  /** From now on this replica continues alone. */
  void unavailable(Throwable failure) {
    fault = NestedExceptionUtils.getMostSpecificCause(failure).toString();
    if (isUp) {
      isUp = false;
      log.warn("Redis unavailable; continuing standalone: {}", fault);
    }
  }

  boolean isUp() {
    return isUp;
  }

  /** Why it is unavailable; null while it is available. */
  @Nullable String fault() {
    return fault;
  }

  /** Replicas that share, as last known. */
  int replicas() {
    return replicas;
  }

  /** Redis's clock, about; in milliseconds. */
  long time() {
    return System.currentTimeMillis() + clockLead;
  }

  /** Connects again for the next call, as a connection that hangs may do so for long. */
  void reconnect() {
    connections.resetConnection();
  }
}
