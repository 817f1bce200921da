package dev.cloakroom.cluster;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Shares budgets through Redis. */
record RedisBudget(RedisScripts redis, RedisKeys keys) implements SharedBudget {

  @Override
  public CompletableFuture<@Nullable Use> use(
      String client, String item, int limit, Duration window) {
    return redis
        .run(RedisScripts.USE, List.of(keys.ofBudget(client)), item, limit, window.toMillis())
        .thenApply(RedisBudget::parse)
        .handle((use, failure) -> failure == null ? use : null);
  }

  private static Use parse(String answer) {
    String left = answer.substring(answer.indexOf(' ') + 1);
    return new Use(answer.startsWith("allowed"), Duration.ofMillis(Long.parseLong(left)));
  }

  @Override
  public int replicas() {
    return redis.replicas();
  }
}
