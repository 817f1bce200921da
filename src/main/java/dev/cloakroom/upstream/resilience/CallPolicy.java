package dev.cloakroom.upstream.resilience;

import reactor.core.publisher.Mono;

/** Makes calls one by one at the rate, few while the vendor is down, and seldom twice. */
public record CallPolicy(RateLimiter rateLimiter, Breaker breaker, RetryPolicy retryPolicy) {

  /** The call with a key, when the rate allows it; fails at once where that would not help. */
  public <T> Mono<T> call(String key, Deadline deadline, Attempt attempt, Mono<T> call) {
    Mono<T> guarded = breaker.guard(attempt, call.doOnSubscribe(_ -> retryPolicy.called()));
    return Mono.defer(
        () -> {
          breaker.requireClosed(attempt);
          return rateLimiter.acquire(key, attempt, deadline).then(guarded);
        });
  }

  /** Makes a request whose call failed for a moment again. */
  public <T> Mono<T> retry(Mono<T> request, Deadline deadline) {
    return retryPolicy.retry(request, deadline);
  }
}
