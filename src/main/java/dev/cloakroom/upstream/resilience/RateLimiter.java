package dev.cloakroom.upstream.resilience;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.cloakroom.cluster.SharedRate;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import reactor.core.publisher.Mono;

/**
 * Spreads the calls with each key evenly, so that all replicas together make no more than a rate;
 * one that cannot ask the others keeps to its share.
 */
public final class RateLimiter {

  private static final int MAX_KEYS = 1_000;

  private final Cache<String, Instant> nextPermits =
      Caffeine.newBuilder().maximumSize(MAX_KEYS).build();
  private final Cache<String, TurnQueue> queues =
      Caffeine.newBuilder().maximumSize(MAX_KEYS).build();
  private final Duration interval;
  private final InstantSource clock;
  private final SharedRate shared;
  private volatile boolean isShared;

  /**
   * Begins with no call made.
   *
   * @param rate calls a second with each key; 0 for no limit
   * @param shared with other replicas that have the same keys
   */
  public RateLimiter(double rate, InstantSource clock, SharedRate shared) {
    this.interval = rate == 0 ? Duration.ZERO : Duration.ofNanos((long) (1e9 / rate));
    this.clock = clock;
    this.shared = shared;
  }

  /**
   * Waits for the turn of a call; fails with a problem where that comes too late.
   *
   * <p>A call that is refused for lack of turns may take the place of one that matters less.
   */
  Mono<Void> acquire(String key, Attempt attempt, Deadline deadline) {
    if (interval.isZero()) {
      return Mono.empty();
    }
    TurnQueue queue = queues.get(key, _ -> new TurnQueue());
    // Others may come before it: later than planned, but with time left for the call itself.
    Duration limit = deadline.left().multipliedBy(3).dividedBy(4);
    return reserve(key, deadline)
        .map(wait -> wait.isZero() ? Mono.<Void>empty() : queue.await(attempt, wait, limit))
        .onErrorResume(
            ProblemException.class,
            late -> Mono.just(queue.awaitInPlaceOfAnother(attempt, limit, late)))
        .flatMap(turn -> turn);
  }

  /**
   * Reserves a call, and returns the wait until then; fails with a problem where that is too late:
   * half of the time is for the call itself.
   */
  Mono<Duration> reserve(String key, Deadline deadline) {
    if (interval.isZero()) {
      return Mono.just(Duration.ZERO);
    }
    Duration maxWait = deadline.left().dividedBy(2);
    return Mono.fromFuture(() -> shared.reserve(key, interval, maxWait))
        .doOnSuccess(wait -> isShared = wait != null)
        .switchIfEmpty(Mono.fromSupplier(() -> reserveAlone(key, maxWait)))
        .handle(
            (wait, turn) -> {
              if (wait.compareTo(maxWait) > 0) {
                turn.error(Problem.UPSTREAM_UNAVAILABLE.retryAfter(wait, null));
              } else {
                turn.next(wait);
              }
            });
  }

  private synchronized Duration reserveAlone(String key, Duration maxWait) {
    Instant now = clock.instant();
    Instant turn = nextPermits.get(key, _ -> now);
    Duration wait = turn.isAfter(now) ? Duration.between(now, turn) : Duration.ZERO;
    if (wait.compareTo(maxWait) <= 0) {
      nextPermits.put(key, now.plus(wait).plus(interval.multipliedBy(shared.replicas())));
    }
    return wait;
  }

  /** Calls a second with each key that this replica may make at most; 0 for no limit. */
  public double rate() {
    if (interval.isZero()) {
      return 0;
    }
    double rate = 1e9 / interval.toNanos();
    return isShared ? rate : rate / shared.replicas();
  }
}
