package dev.cloakroom.upstream;

import dev.cloakroom.upstream.key.KeyPool;
import dev.cloakroom.upstream.key.KeyRotation;
import dev.cloakroom.upstream.key.KeyStatus;
import dev.cloakroom.upstream.restraint.Breaker;
import dev.cloakroom.upstream.restraint.Pace;
import dev.cloakroom.upstream.restraint.Restraint;
import dev.cloakroom.upstream.restraint.Retries;
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
  private final KeyRotation rotation;
  private final Restraint restraint;
  private final InstantSource clock;

  UpstreamMetrics(KeyPool keys, KeyRotation rotation, Restraint restraint, InstantSource clock) {
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
            "cloakroom.upstream.key.directory.failures", rotation, KeyRotation::failures)
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
    Gauge.builder("cloakroom.upstream.rate", restraint.pace(), Pace::rate)
        .description(
            "Calls a second with each key that this replica may make at most; 0 for no limit")
        .register(meters);
    Retries retries = restraint.retries();
    FunctionCounter.builder("cloakroom.upstream.retries", retries, Retries::count)
        .description("Calls to the vendor that were repeats")
        .register(meters);
    Gauge.builder("cloakroom.upstream.retry.budget", retries, Retries::saved)
        .description("Repeats that may be made at once")
        .register(meters);
  }
}
