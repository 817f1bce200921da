package dev.cloakroom.upstream.restraint;

import dev.cloakroom.cluster.Cluster;
import dev.cloakroom.cluster.Hold;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.upstream.reply.UpstreamException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import io.github.resilience4j.circuitbreaker.event.CircuitBreakerOnStateTransitionEvent;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** Stops calls while the vendor is down or slow, by what its answers say and not by their codes. */
public final class Breaker {

  /**
   * How calls have gone since then.
   *
   * @param problem none where the vendor answered
   */
  public record Outcome(@Nullable Problem problem, Instant since) {}

  private static final Logger log = LoggerFactory.getLogger(Breaker.class);

  /** By number, as a span of time would hold too many good calls in busy times. */
  private static final int WINDOW_CALLS = 40;

  private static final int FEWEST_CALLS = 20;

  /** In percent: a vendor that answers every other call is worth asking. */
  private static final int SHARE = 60;

  /** What was before so long without any call says nothing about the next. */
  private static final Duration MEMORY = Duration.ofMinutes(1);

  /** A little less than 10 s, as it is over only when more than that has passed. */
  private static final Duration OPEN = Duration.ofMillis(9_900);

  private static final String NAME = "breaker";

  private final InstantSource clock;
  private final Cluster cluster;
  private final CircuitBreaker breaker;
  private final AtomicReference<@Nullable Outcome> last = new AtomicReference<>();
  private volatile Instant openUntil = Instant.EPOCH;
  private volatile boolean isHeeding;
  private volatile Instant lastCall = Instant.EPOCH;

  /**
   * Closed.
   *
   * @param slow calls that take longer count as failures do
   * @param cluster other replicas that call the same vendor
   */
  public Breaker(Duration slow, InstantSource clock, Cluster cluster) {
    this.clock = clock;
    this.cluster = cluster;
    this.breaker =
        CircuitBreaker.of(
            "upstream",
            CircuitBreakerConfig.custom()
                .clock(clock.withZone(ZoneOffset.UTC))
                .slidingWindow(WINDOW_CALLS, FEWEST_CALLS, SlidingWindowType.COUNT_BASED)
                .failureRateThreshold(SHARE)
                .slowCallRateThreshold(SHARE)
                .slowCallDurationThreshold(slow)
                .waitDurationInOpenState(OPEN)
                .permittedNumberOfCallsInHalfOpenState(1)
                .ignoreException(failure -> !UpstreamException.isVendorsFailure(failure))
                .build());
    breaker.getEventPublisher().onStateTransition(this::turned);
    cluster.listen(this::heed);
  }

  /** Does as another replica does that found out how the vendor is. */
  private synchronized void heed(Hold hold) {
    if (!hold.name().equals(NAME)) {
      return;
    }
    Duration time = hold.time().compareTo(OPEN) > 0 ? OPEN : hold.time();
    Instant until = clock.instant().plus(time);
    isHeeding = true;
    try {
      if (hold.problem() == null && !isClosed()) {
        breaker.transitionToClosedState();
      } else if (hold.problem() != null && !isWellHere() && isLater(until)) {
        breaker.transitionToOpenStateFor(time);
        openUntil = until;
      }
    } finally {
      isHeeding = false;
    }
  }

  /** Then it is the other replica's way to the vendor that is broken. */
  private boolean isWellHere() {
    Outcome outcome = last.get();
    return isClosed()
        && outcome != null
        && outcome.problem() == null
        && lastCall.plus(OPEN).isAfter(clock.instant());
  }

  /** What is told again differs by the time that the telling took. */
  private boolean isLater(Instant until) {
    return until.isAfter(openUntil.plusMillis(500));
  }

  private void turned(CircuitBreakerOnStateTransitionEvent event) {
    switch (event.getStateTransition().getToState()) {
      case OPEN -> {
        if (!isHeeding) {
          openUntil = clock.instant().plus(OPEN);
          cluster.tell(new Hold(NAME, Problem.UPSTREAM_UNAVAILABLE, OPEN));
        }
        if (event.getStateTransition().getFromState() == State.CLOSED) {
          log.warn(
              "The vendor is left alone but for a call every 10 s: most calls fail or are slow");
        }
      }
      case CLOSED -> {
        if (!isHeeding) {
          cluster.tell(new Hold(NAME, null, Duration.ZERO));
        }
        log.info("The vendor is well again");
      }
      default -> {}
    }
  }

  /**
   * Refuses at once while no call may be made.
   *
   * @throws ProblemException with the time left
   */
  void requireClosed() {
    if (breaker.getState() == State.OPEN && openUntil.isAfter(clock.instant())) {
      throw refusal();
    }
  }

  boolean isClosed() {
    return breaker.getState() == State.CLOSED;
  }

  /** The call, if it may be made by the time it is subscribed to; its outcome counts. */
  <T> Mono<T> guard(Mono<T> call) {
    return Mono.defer(
        () -> {
          forgetLongAgo();
          if (!breaker.tryAcquirePermission()) {
            return Mono.error(refusal());
          }
          long start = System.nanoTime();
          return call.doOnSuccess(_ -> succeeded(System.nanoTime() - start))
              .doOnError(failure -> failed(failure, System.nanoTime() - start))
              .doOnCancel(breaker::releasePermission);
        });
  }

  private void forgetLongAgo() {
    Instant now = clock.instant();
    if (isClosed() && lastCall.plus(MEMORY).isBefore(now)) {
      breaker.reset();
    }
    lastCall = now;
  }

  private ProblemException refusal() {
    Duration left = Duration.between(clock.instant(), openUntil);
    // A call that finds out may be under way: it tells within seconds.
    return Problem.UPSTREAM_UNAVAILABLE.retryAfter(
        left.isPositive() ? left : Duration.ofSeconds(1), null);
  }

  private void succeeded(long nanos) {
    breaker.onSuccess(nanos, TimeUnit.NANOSECONDS);
    become(null);
  }

  private void failed(Throwable failure, long nanos) {
    breaker.onError(nanos, TimeUnit.NANOSECONDS, failure);
    if (failure instanceof ProblemException problem
        && UpstreamException.isVendorsFailure(failure)) {
      become(problem.problem());
    }
  }

  private void become(@Nullable Problem problem) {
    Outcome now = new Outcome(problem, clock.instant());
    last.accumulateAndGet(now, (old, next) -> old != null && old.problem() == problem ? old : next);
  }

  /** How the last calls went; null before the first. */
  public @Nullable Outcome outcome() {
    return last.get();
  }

  /** {@code closed}, {@code open} or {@code half-open}. */
  public String state() {
    return breaker.getState().name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
