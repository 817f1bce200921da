package dev.cloakroom.upstream.restraint;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Spreads the calls with each key evenly, so that no more than a rate are made. */
public final class Pace {

  private static final int MOST_KEYS = 1_000;

  private final Cache<String, Instant> nextTurns =
      Caffeine.newBuilder().maximumSize(MOST_KEYS).build();
  private final Duration interval;
  private final InstantSource clock;

  /**
   * Begins with no call made.
   *
   * @param rate calls a second with each key; 0 for no limit
   */
  public Pace(double rate, InstantSource clock) {
    this.interval = rate == 0 ? Duration.ZERO : Duration.ofNanos((long) (1e9 / rate));
    this.clock = clock;
  }

  /**
   * Takes a turn, and tells the wait until then.
   *
   * @throws ProblemException where it would come too late: half of the time is for the call itself
   */
  synchronized Duration reserve(String key, Deadline deadline) {
    if (interval.isZero()) {
      return Duration.ZERO;
    }
    Instant now = clock.instant();
    Instant turn = nextTurns.get(key, _ -> now);
    Duration wait = turn.isAfter(now) ? Duration.between(now, turn) : Duration.ZERO;
    if (!deadline.allows(wait.multipliedBy(2))) {
      throw Problem.UPSTREAM_UNAVAILABLE.retryAfter(wait, null);
    }
    nextTurns.put(key, now.plus(wait).plus(interval));
    return wait;
  }
}
