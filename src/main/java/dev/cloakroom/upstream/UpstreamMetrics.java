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
import java.net.SocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.ToIntFunction;
import org.springframework.stereotype.Component;
import reactor.netty.resources.ConnectionPoolMetrics;
import reactor.netty.resources.ConnectionProvider.MeterRegistrar;

/** Shows the keys and the limits on calls to the vendor, as metrics. */
@Component
class UpstreamMetrics implements MeterBinder {

  /** Shows the calls that are in flight, and those that wait for a connection. */
  record Calls(MeterRegistry meters) implements MeterRegistrar {

    @Override
    public void registerMetrics(
        String pool, String id, SocketAddress vendor, ConnectionPoolMetrics metrics) {
      register("in-flight", metrics, ConnectionPoolMetrics::acquiredSize);
      register("waiting", metrics, ConnectionPoolMetrics::pendingAcquireSize);
    }

    private void register(
        String state, ConnectionPoolMetrics metrics, ToIntFunction<ConnectionPoolMetrics> count) {
      Gauge.builder("cloakroom.upstream.calls", metrics, count::applyAsInt)
          .description("Calls to the vendor that are not answered yet")
          .tag("state", state)
          .strongReference(true)
          .register(meters);
    }

    /** Nothing: the pool lives as long as the service. */
    @Override
    public void deRegisterMetrics(String pool, String id, SocketAddress vendor) {}
  }

  private final KeyPool keys;
  private final KeyReloader reloader;
  private final CallPolicy callPolicy;
  private final InstantSource clock;

  UpstreamMetrics(KeyPool keys, KeyReloader reloader, CallPolicy callPolicy, InstantSource clock) {
    this.keys = keys;
    this.reloader = reloader;
    this.callPolicy = callPolicy;
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
    MultiGauge cooldowns =
        MultiGauge.builder("cloakroom.upstream.key.cooldown")
            .description("Time until a key in cooldown or rejected is tried again")
            .baseUnit("seconds")
            .register(meters);
    keys.onChange(all -> cooldowns.register(all.stream().map(this::cooldown).toList(), true));
    FunctionCounter.builder(
            "cloakroom.upstream.key.directory.failures", reloader, KeyReloader::failures)
        .description("Reads of the key directory that found no whole set of keys")
        .register(meters);
  }

  private long count(KeyStatus.State state) {
    Instant now = clock.instant();
    return keys.statuses().stream().filter(key -> key.stateAt(now) == state).count();
  }

  private MultiGauge.Row<?> cooldown(String name) {
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
    Breaker breaker = callPolicy.breaker();
    for (String state : List.of("closed", "open", "half-open")) {
      Gauge.builder("cloakroom.upstream.breaker", () -> breaker.state().equals(state) ? 1 : 0)
          .description("1 for the state that the breaker is in")
          .tag("state", state)
          .register(meters);
    }
  }

  private void bindRetries(MeterRegistry meters) {
    Gauge.builder("cloakroom.upstream.rate", callPolicy.rateLimiter(), RateLimiter::rate)
        .description(
            "Calls a second with each key that this replica may make at most; 0 for no limit")
        .register(meters);
    RetryPolicy retryPolicy = callPolicy.retryPolicy();
    FunctionCounter.builder("cloakroom.upstream.retries", retryPolicy, RetryPolicy::count)
        .description("Calls to the vendor that were repeats")
        .register(meters);
    Gauge.builder("cloakroom.upstream.retry.budget", retryPolicy, RetryPolicy::saved)
        .description("Repeats that may be made at once")
        .register(meters);
  }
}
