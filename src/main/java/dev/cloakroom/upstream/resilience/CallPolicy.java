package dev.cloakroom.upstream.resilience;

import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** Makes calls one by one at their pace, few while the vendor is down, and seldom twice. */
public record CallPolicy(RateLimiter pace, Breaker breaker, RetryPolicy retries) {

  /** The call with a key, when it has its turn; fails at once where that would not help. */
  public <T> Mono<T> call(String key, Deadline deadline, Attempt attempt, Mono<T> call) {
    Mono<T> guarded = breaker.guard(attempt, call.doOnSubscribe(_ -> retries.called()));
    return Mono.defer(
        () -> {
          breaker.requireClosed(attempt);
          return pace.reserve(key, deadline)
              .flatMap(wait -> wait.isZero() ? guarded : Mono.delay(wait).then(guarded));
        });
  }

  /** When a request whose call broke down is made again. */
  public Retry retriesUntil(Deadline deadline) {
    return retries.until(deadline);
  }
}
