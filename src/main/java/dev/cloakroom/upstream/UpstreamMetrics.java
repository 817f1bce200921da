package dev.cloakroom.upstream;

import dev.cloakroom.upstream.key.KeyPool;
import dev.cloakroom.upstream.key.KeyReloader;
import dev.cloakroom.upstream.key.KeyStatus;
import dev.cloakroom.upstream.resilience.Breaker;
import dev.cloakroom.upstream.resilience.CallPolicy;
import dev.cloakroom.upstream.resilience.RateLimiter;
import dev.cloakroom.upstream.resilience.RetryPolicy;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.springframework.stereotype.Component;

/** Shows the keys and what keeps us from calling the vendor, as metrics. */
@Component
class UpstreamMetrics implements MeterBinder {

  private final KeyPool keys;
  private final KeyReloader rotation;
  private final CallPolicy restraint;
  private final InstantSource clock;

  UpstreamMetrics(KeyPool keys, KeyReloader rotation, CallPolicy restraint, InstantSource clock) {
    this.keys = keys;
    this.rotation = rotation;
    this.restraint = restraint;
    this.clock = clock;
  }

  @Override
  public void bindTo(MeterRegistry meters) {
    bindKeys(meters);
    bindBreaker(meters);
    bindRetries(meters);
  }

  private void bindKeys(MeterRegistry meters) {
    for (KeyStatus.State state : KeyStatus.State.values()) {
      Gauge.builder("cloakroom.upstream.keys", () -> count(state))
          .description("Keys, by whether they may be used")
          .tag("state", state.tag())
          .register(meters);
    }
    MultiGauge holds =
        MultiGauge.builder("cloakroom.upstream.hold")
            .description("Time until a key that is held or disabled is tried again")
            .baseUnit("seconds")
            .register(meters);
    keys.onChange(all -> holds.register(all.stream().map(this::hold).toList(), true));
    FunctionCounter.builder(
            "cloakroom.upstream.key.directory.failures", rotation, KeyReloader::failures)
        .description("Looks into the key directory that found no whole set of keys")
        .register(meters);
  }

  private long count(KeyStatus.State state) {
    Instant now = clock.instant();
    return keys.statuses().stream().filter(key -> key.stateAt(now) == state).count();
  }

  private MultiGauge.Row<?> hold(String name) {
    return MultiGauge.Row.of(Tags.of("key", name), () -> secondsLeft(name));
  }

  private double secondsLeft(String name) {
    Instant now = clock.instant();
    return keys.statuses().stream()
        .filter(key -> key.key().name().equals(name) && key.until().isAfter(now))
        .mapToDouble(key -> Duration.between(now, key.until()).toMillis() / 1e3)
        .findAny()
        .orElse(0);
  }

  private void bindBreaker(MeterRegistry meters) {
    Breaker breaker = restraint.breaker();
    for (String state : List.of("closed", "open", "half-open")) {
      Gauge.builder("cloakroom.upstream.breaker", () -> breaker.state().equals(state) ? 1 : 0)
          .description("1 for the state that the breaker is in")
          .tag("state", state)
          .register(meters);
    }
  }

  private void bindRetries(MeterRegistry meters) {
    Gauge.builder("cloakroom.upstream.rate", restraint.pace(), RateLimiter::rate)
        .description(
            "Calls a second with each key that this replica may make at most; 0 for no limit")
        .register(meters);
    RetryPolicy retries = restraint.retries();
    FunctionCounter.builder("cloakroom.upstream.retries", retries, RetryPolicy::count)
        .description("Calls to the vendor that were repeats")
        .register(meters);
    Gauge.builder("cloakroom.upstream.retry.budget", retries, RetryPolicy::saved)
        .description("Repeats that may be made at once")
        .register(meters);
  }
}
