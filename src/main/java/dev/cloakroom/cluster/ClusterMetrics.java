package dev.cloakroom.cluster;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/** Counts what replicas share, and the round trips to Redis. */
final class ClusterMetrics {

  private final MeterRegistry meters;
  private final Counter own;
  private final Counter shared;
  private final Counter awaited;
  private final Counter invalid;
  private final Counter skipped;
  private final Timer succeeded;
  private final Timer failed;

  ClusterMetrics(MeterRegistry meters) {
    this.meters = meters;
    this.own = fetches("own");
    this.shared = fetches("shared");
    this.awaited = fetches("awaited");
    this.invalid =
        Counter.builder("cloakroom.cluster.invalid")
            .description("Values and messages in Redis that were not accepted")
            .register(meters);
    this.skipped =
        Counter.builder("cloakroom.cluster.skipped")
            .description("Round trips to Redis that were not made, as it is unavailable or busy")
            .register(meters);
    this.succeeded = roundTrips("success");
    this.failed = roundTrips("failure");
  }

  private Counter fetches(String result) {
    return Counter.builder("cloakroom.cluster.fetches")
        .description("Fetches, by who made them: this replica, or another, before or meanwhile")
        .tag("result", result)
        .register(meters);
  }

  private Timer roundTrips(String outcome) {
    return Timer.builder("cloakroom.cluster.redis")
        .description("Round trips to Redis")
        .tag("outcome", outcome)
        .register(meters);
  }

  void showAvailability(IntSupplier up, IntSupplier replicas) {
    Gauge.builder("cloakroom.cluster.up", up::getAsInt)
        .description("1 while replicas share, 0 while Redis is unavailable")
        .strongReference(true)
        .register(meters);
    Gauge.builder("cloakroom.cluster.replicas", replicas::getAsInt)
        .description("Replicas that share, as last known")
        .strongReference(true)
        .register(meters);
  }

  void countOwnFetch() {
    own.increment();
  }

  void countSharedFetch() {
    shared.increment();
  }

  void countAwaitedFetch() {
    awaited.increment();
  }

  void countInvalid() {
    invalid.increment();
  }

  void countSkipped() {
    skipped.increment();
  }

  void record(boolean isSuccess, long nanos) {
    (isSuccess ? succeeded : failed).record(nanos, TimeUnit.NANOSECONDS);
  }
}
