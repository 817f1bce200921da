package dev.cloakroom.upstream.resilience;

import dev.cloakroom.upstream.modelslab.UpstreamException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Mono;

/** Repeats calls that failed for a moment: seldom, later each time, and never past the deadline. */
public final class RetryPolicy {

  private static final int MAX = 2;
  private static final Duration FIRST = Duration.ofMillis(100);

  private final Breaker breaker;
  private final RetryBudget budget;
  private final AtomicLong count = new AtomicLong();

  /**
   * Begins with nothing saved.
   *
   * @param share repeats for each first call, at most
   */
  public RetryPolicy(double share, Breaker breaker) {
    this.breaker = breaker;
    this.budget = new RetryBudget(share);
  }

  /** Makes the call, and makes it again where that may help. */
  <T> Mono<T> retry(Mono<T> call, Deadline deadline) {
    return retry(call, deadline, 0);
  }

  private <T> Mono<T> retry(Mono<T> call, Deadline deadline, int repeats) {
    return call.onErrorResume(
        failure -> {
          Duration wait = jittered(FIRST.multipliedBy(1L << repeats));
          boolean helps =
              repeats < MAX
                  && UpstreamException.isTransient(failure)
                  && breaker.isClosed()
                  && deadline.allows(wait)
                  && budget.take();
          if (!helps) {
            return Mono.error(failure);
          }
          count.incrementAndGet();
          return Mono.delay(wait).then(retry(call, deadline, repeats + 1));
        });
  }

  /**
   * Anything from nothing to the whole, so that calls which failed together do not return together.
   */
  private static Duration jittered(Duration maxWait) {
    return Duration.ofNanos(ThreadLocalRandom.current().nextLong(maxWait.toNanos()));
  }

  void called() {
    budget.called();
  }

  /** Repeats, so far. */
  public long count() {
    return count.get();
  }

  /** Repeats that may be made at once. */
  public double saved() {
    return budget.saved();
  }
}
