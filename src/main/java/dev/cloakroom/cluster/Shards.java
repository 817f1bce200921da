package dev.cloakroom.cluster;

import io.lettuce.core.RedisCommandExecutionException;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.NestedExceptionUtils;

/**
 * Spares callers the wait for a shard of Redis that does not answer, be it one of a cluster or all.
 */
final class Shards {

  private static final Logger log = LoggerFactory.getLogger(Shards.class);
  private static final int MAX_FAILURES = 3;
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** A shard that fails now and then is not worth more lines. */
  private static final Duration LOG_INTERVAL = Duration.ofMinutes(1);

  /**
   * The keys that one Redis answers for; after a few failures in a row it is tried now and then.
   */
  final class Shard {

    private int failures;
    private long nextTry;
    private long nextLine = nanoTime.getAsLong();

    /** Takes the next try where this shard has failed. */
    synchronized boolean mayBeAsked() {
      long now = nanoTime.getAsLong();
      if (failures < MAX_FAILURES) {
        return true;
      }
      if (now - nextTry < 0) {
        return false;
      }
      nextTry = now + PAUSE.toNanos();
      return true;
    }

    synchronized void ended(@Nullable Throwable failure) {
      if (failure == null || isReply(failure)) {
        failures = 0;
      } else if (++failures >= MAX_FAILURES) {
        pause(failure);
      }
    }

    private void pause(Throwable failure) {
      long now = nanoTime.getAsLong();
      nextTry = now + PAUSE.toNanos();
      if (failures == MAX_FAILURES && now - nextLine >= 0) {
        nextLine = now + LOG_INTERVAL.toNanos();
        log.warn(
            "Redis, or a part of it, does not answer, and is tried once a second until it does: {}",
            NestedExceptionUtils.getMostSpecificCause(failure).toString());
      }
    }
  }

  private final UnaryOperator<String> names;
  private final LongSupplier nanoTime;

  /** As many as Redis has masters, and those that it had. */
  private final ConcurrentHashMap<String, Shard> shards = new ConcurrentHashMap<>();

  /**
   * All well.
   *
   * @param names of the shards, by key
   */
  Shards(UnaryOperator<String> names, LongSupplier nanoTime) {
    this.names = names;
    this.nanoTime = nanoTime;
  }

  /** What says no was there to say so. */
  private static boolean isReply(Throwable failure) {
    return NestedExceptionUtils.getMostSpecificCause(failure)
        instanceof RedisCommandExecutionException;
  }

  Shard of(String key) {
    return shards.computeIfAbsent(names.apply(key), _ -> new Shard());
  }

  /** Asks all of them again. */
  void reset() {
    shards.clear();
  }
}
