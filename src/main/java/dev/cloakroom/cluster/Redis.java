package dev.cloakroom.cluster;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
 * <p>Redis is away from a few time-outs in a row on until the next {@link #beat} that it answers.
 */
final class Redis {

  static final RedisScript<String> LOOK = script("look");
  static final RedisScript<String> EXTEND = script("extend");
  static final RedisScript<String> TELL = script("tell");
  static final RedisScript<String> FORGET = script("forget");
  static final RedisScript<String> HOLD = script("hold");
  static final RedisScript<String> TURN = script("turn");
  private static final RedisScript<String> BEAT = script("beat");

  private static final Logger log = LoggerFactory.getLogger(Redis.class);
  private static final int MOST_TIMEOUTS = 3;
  private static final int MOST_PENDING = 1_000;

  private final ReactiveStringRedisTemplate template;
  private final LettuceConnectionFactory connections;
  private final Duration limit;
  private final AtomicInteger timeouts = new AtomicInteger();
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

  /**
   * Fails at once while Redis is away. Completes on a thread of its own, as what follows may take
   * longer than others want to wait for Redis.
   */
  CompletableFuture<String> run(
      RedisScript<String> script, List<String> keys, Object... arguments) {
    if (!isUp || pending.get() >= MOST_PENDING) {
      skipped.increment();
      return CompletableFuture.failedFuture(new IllegalStateException("Redis is away"));
    }
    return send(script, limit, keys, arguments);
  }

  /** Finds out whether Redis is there, in ten times the time; may block while it connects. */
  CompletableFuture<String> beat(List<String> keys, Object... arguments) {
    return send(BEAT, limit.multipliedBy(10), keys, arguments)
        .whenComplete((_, failure) -> become(failure));
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
    if (!(failure instanceof TimeoutException)) {
      timeouts.set(0);
    } else if (timeouts.incrementAndGet() >= MOST_TIMEOUTS) {
      become(failure);
    }
  }

  private void become(@Nullable Throwable failure) {
    boolean wasUp = isUp;
    isUp = failure == null;
    if (failure == null) {
      fault = null;
      if (!wasUp) {
        log.info("Redis is there: replicas share");
      }
    } else {
      fault = NestedExceptionUtils.getMostSpecificCause(failure).toString();
      if (wasUp) {
        log.warn("Redis is away, so this replica goes on alone: {}", fault);
      }
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
