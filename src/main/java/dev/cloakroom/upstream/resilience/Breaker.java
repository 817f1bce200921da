package dev.cloakroom.upstream.resilience;

import dev.cloakroom.cluster.SharedCooldowns;
import dev.cloakroom.cluster.SharedCooldowns.Cooldown;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.upstream.modelslab.UpstreamException;
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

  /** By number, as a span of time would contain too many good calls in busy times. */
  private static final int WINDOW_CALLS = 40;

  private static final int MIN_CALLS = 20;

  /** In percent: a vendor that answers every other call is worth asking. */
  private static final int SHARE = 60;

  /** What was before so long without any call says nothing about the next. */
  private static final Duration MEMORY = Duration.ofMinutes(1);

  /** A little less than 10 s, as it is over only when more than that has passed. */
  private static final Duration OPEN = Duration.ofMillis(9_900);

  private static final String NAME = "breaker";

  private final InstantSource clock;
  private final SharedCooldowns cooldowns;
  private final CircuitBreaker breaker;
  private final long slowNanos;
  private final Evidence evidence = new Evidence();
  private final AtomicReference<@Nullable Outcome> last = new AtomicReference<>();
  private volatile Instant openUntil = Instant.EPOCH;
  private volatile boolean isApplying;

  /** Open as the last probe failed, though that may have been its id's own fault. */
  private volatile boolean isInconclusive;

  private volatile Instant lastCall = Instant.EPOCH;

  /**
   * Closed.
   *
   * @param slow calls that take longer count as failures do
   * @param cooldowns other replicas that call the same vendor
   */
  public Breaker(Duration slow, InstantSource clock, SharedCooldowns cooldowns) {
    this.clock = clock;
    this.cooldowns = cooldowns;
    this.slowNanos = slow.toNanos();
    this.breaker =
        CircuitBreaker.of(
            "upstream",
            CircuitBreakerConfig.custom()
                .clock(clock.withZone(ZoneOffset.UTC))
                .slidingWindow(WINDOW_CALLS, MIN_CALLS, SlidingWindowType.COUNT_BASED)
                .failureRateThreshold(SHARE)
                .slowCallRateThreshold(SHARE)
                .slowCallDurationThreshold(slow)
                .waitDurationInOpenState(OPEN)
                .permittedNumberOfCallsInHalfOpenState(1)
                .build());
    breaker.getEventPublisher().onStateTransition(this::onTransition);
    cooldowns.addListener(this::apply);
  }

  /** Applies what another replica found out about the vendor. */
  private synchronized void apply(Cooldown cooldown) {
    if (!cooldown.name().equals(NAME)) {
      return;
    }
    Duration time = cooldown.time().compareTo(OPEN) > 0 ? OPEN : cooldown.time();
    Instant until = clock.instant().plus(time);
    isApplying = true;
    try {
      if (cooldown.problem() == null && !isClosed()) {
        breaker.transitionToClosedState();
      } else if (cooldown.problem() != null && !isWellHere() && isLater(until)) {
        isInconclusive = false;
        breaker.transitionToOpenStateFor(time);
        openUntil = until;
      }
    } finally {
      isApplying = false;
    }
  }

  /** Then it is the other replica's way to the vendor that is broken. */
  private boolean isWellHere() {
    return isClosed() && isWell() && lastCall.plus(OPEN).isAfter(clock.instant());
  }

  /** A repeated message differs by the time that it took. */
  private boolean isLater(Instant until) {
    return until.isAfter(openUntil.plusMillis(500));
  }

  private void onTransition(CircuitBreakerOnStateTransitionEvent event) {
    switch (event.getStateTransition().getToState()) {
      case OPEN -> {
        if (!isApplying) {
          openUntil = clock.instant().plus(OPEN);
        }
        if (!isApplying && !isInconclusive) {
          cooldowns.publish(new Cooldown(NAME, Problem.UPSTREAM_UNAVAILABLE, OPEN));
        }
        if (event.getStateTransition().getFromState() == State.CLOSED) {
          log.warn(
              "Circuit breaker open: most upstream calls fail or are slow; probing every 10 s");
        }
      }
      case CLOSED -> {
        isInconclusive = false;
        evidence.good();
        if (!isApplying) {
          cooldowns.publish(new Cooldown(NAME, null, Duration.ZERO));
        }
        log.info("Circuit breaker closed: upstream calls succeed again");
      }
      default -> {}
    }
  }

  /**
   * Fails at once while no call may be made.
   *
   * @throws ProblemException with the time left
   */
  void requireClosed(Attempt attempt) {
    boolean maySettle = isInconclusive && attempt.isImageKnown();
    if (!maySettle && breaker.getState() == State.OPEN && openUntil.isAfter(clock.instant())) {
      throw notPermitted();
    }
  }

  boolean isClosed() {
    return breaker.getState() == State.CLOSED;
  }

  /** The call, if it may be made by the time it is subscribed to; its outcome is noted. */
  <T> Mono<T> guard(Attempt attempt, Mono<T> call) {
    return Mono.defer(
        () -> {
          resetAfterSilence();
          settleInconclusiveProbe(attempt);
          if (!breaker.tryAcquirePermission()) {
            return Mono.error(notPermitted());
          }
          return call.doOnSuccess(_ -> attempt.requester().run(() -> succeeded(attempt)))
              .doOnError(failure -> attempt.requester().run(() -> failed(attempt, failure)))
              .doOnCancel(breaker::releasePermission);
        });
  }

  private void resetAfterSilence() {
    Instant now = clock.instant();
    if (isClosed() && lastCall.plus(MEMORY).isBefore(now)) {
      breaker.reset();
      evidence.good();
    }
    lastCall = now;
  }

  /** Else an odd id that is requested again and again would keep it open. */
  private synchronized void settleInconclusiveProbe(Attempt attempt) {
    if (isInconclusive && attempt.isImageKnown() && breaker.getState() == State.OPEN) {
      isInconclusive = false;
      breaker.transitionToHalfOpenState();
    }
  }

  private ProblemException notPermitted() {
    Duration left = Duration.between(clock.instant(), openUntil);
    // A call that finds out may be under way: it ends within seconds.
    return Problem.UPSTREAM_UNAVAILABLE.retryAfter(
        left.isPositive() ? left : Duration.ofSeconds(1), null);
  }

  private void succeeded(Attempt attempt) {
    long nanos = attempt.nanos();
    boolean isSlow = nanos > slowNanos;
    if (!isSlow) {
      evidence.good();
    }
    breaker.onSuccess(isSlow && !counts(attempt) ? 0 : nanos, TimeUnit.NANOSECONDS);
    become(null);
  }

  private void failed(Attempt attempt, Throwable failure) {
    boolean isVendors = UpstreamException.isVendorsFailure(failure);
    boolean counts = isVendors && counts(attempt);
    if (counts) {
      breaker.onError(attempt.nanos(), TimeUnit.NANOSECONDS, failure);
    } else {
      breaker.releasePermission();
    }
    if (isVendors && (counts || !isWell()) && failure instanceof ProblemException problem) {
      become(problem.problem());
    }
  }

  /** Whether a bad outcome counts; that of a probe does in any case, as there is but one. */
  private boolean counts(Attempt attempt) {
    boolean isProbe = breaker.getState() == State.HALF_OPEN;
    if (isProbe) {
      isInconclusive = !Evidence.isCertain(attempt);
    }
    return evidence.bad(attempt) || isProbe;
  }

  private boolean isWell() {
    Outcome outcome = last.get();
    return outcome != null && outcome.problem() == null;
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
