package dev.cloakroom.upstream.key;

import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The keys that may be used, and until when the vendor is left alone with each. */
public final class KeyPool {

  /** Why no call is made with the key before {@code until}. */
  private record Hold(Problem why, Instant until) {}

  private final NamedKey key;
  private final Duration refusedKeyRetry;
  private final InstantSource clock;
  private final AtomicReference<@Nullable Hold> hold = new AtomicReference<>();

  /** With at least one key. */
  public KeyPool(List<NamedKey> keys, Duration refusedKeyRetry, InstantSource clock) {
    this.key = keys.getFirst();
    this.refusedKeyRetry = refusedKeyRetry;
    this.clock = clock;
  }

  /**
   * The key for the next call.
   *
   * @throws ProblemException while it is held
   */
  public NamedKey find() {
    Hold current = hold.get();
    if (current != null) {
      Duration left = Duration.between(clock.instant(), current.until());
      if (left.isPositive()) {
        throw current.why().retryAfter(left, null);
      }
    }
    return key;
  }

  /**
   * Makes no call with the key for as long as the problem says, or an earlier one that lasts
   * longer. A key that was refused is tried again now and then: its account may have been topped
   * up.
   */
  public ProblemException hold(ProblemException problem) {
    Problem why = problem.problem();
    Duration wait = problem.retryAfter();
    if (why == Problem.UPSTREAM_CREDENTIALS || wait == null) {
      wait = refusedKeyRetry;
    }
    var next = new Hold(why, clock.instant().plus(wait));
    hold.accumulateAndGet(
        next, (old, _) -> old != null && old.until().isAfter(next.until()) ? old : next);
    return why.retryAfter(wait, problem.getCause());
  }
}
