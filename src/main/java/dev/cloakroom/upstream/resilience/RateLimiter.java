package dev.cloakroom.upstream.resilience;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.cloakroom.cluster.Cluster;
import dev.cloakroom.problem.Problem;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import reactor.core.publisher.Mono;

/**
 * Spreads the calls with each key evenly, so that all replicas together make no more than a rate;
 * one that cannot ask the others keeps to its share.
 */
public final class RateLimiter {

  private static final int MOST_KEYS = 1_000;

  private final Cache<String, Instant> nextTurns =
      Caffeine.newBuilder().maximumSize(MOST_KEYS).build();
  private final Duration interval;
  private final InstantSource clock;
  private final Cluster cluster;
  private volatile boolean isShared;

  /**
   * Begins with no call made.
   *
   * @param rate calls a second with each key; 0 for no limit
   * @param cluster other replicas with the same keys
   */
  public RateLimiter(double rate, InstantSource clock, Cluster cluster) {
    this.interval = rate == 0 ? Duration.ZERO : Duration.ofNanos((long) (1e9 / rate));
    this.clock = clock;
    this.cluster = cluster;
  }

  /**
   * Takes a turn, and tells the wait until then; fails with a problem where it would come too late:
   * half of the time is for the call itself.
   */
  Mono<Duration> reserve(String key, Deadline deadline) {
    if (interval.isZero()) {
      return Mono.just(Duration.ZERO);
    }
    Duration longest = deadline.left().dividedBy(2);
    return Mono.fromFuture(() -> cluster.takeTurn(key, interval, longest))
        .doOnSuccess(wait -> isShared = wait != null)
        .switchIfEmpty(Mono.fromSupplier(() -> takeOwnTurn(key, longest)))
        .handle(
            (wait, turn) -> {
              if (wait.compareTo(longest) > 0) {
                turn.error(Problem.UPSTREAM_UNAVAILABLE.retryAfter(wait, null));
              } else {
                turn.next(wait);
              }
            });
  }

  private synchronized Duration takeOwnTurn(String key, Duration longest) {
    Instant now = clock.instant();
    Instant turn = nextTurns.get(key, _ -> now);
    Duration wait = turn.isAfter(now) ? Duration.between(now, turn) : Duration.ZERO;
    if (wait.compareTo(longest) <= 0) {
      nextTurns.put(key, now.plus(wait).plus(interval.multipliedBy(cluster.replicas())));
    }
    return wait;
  }

  /** Calls a second with each key that this replica may make at most; 0 for no limit. */
  public double rate() {
    if (interval.isZero()) {
      return 0;
    }
    double rate = 1e9 / interval.toNanos();
    return isShared ? rate : rate / cluster.replicas();
  }
}
