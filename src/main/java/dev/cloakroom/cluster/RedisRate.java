package dev.cloakroom.cluster;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Shares a rate through Redis. */
record RedisRate(RedisScripts redis, RedisKeys keys) implements SharedRate {

  @Override
  public CompletableFuture<@Nullable Duration> reserve(
      String name, Duration interval, Duration maxWait) {
    return redis
        .run(
            RedisScripts.RESERVE,
            List.of(keys.ofRate(name)),
            interval.toNanos() / 1_000,
            maxWait.toNanos() / 1_000)
        .thenApply(RedisRate::microseconds)
        .handle((wait, failure) -> failure == null ? wait : null);
  }

  private static Duration microseconds(String number) {
    return Duration.ofNanos(Long.parseLong(number) * 1_000);
  }

  @Override
  public int replicas() {
    return redis.replicas();
  }
}
