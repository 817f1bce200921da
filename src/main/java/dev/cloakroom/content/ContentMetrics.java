package dev.cloakroom.content;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toUnmodifiableMap;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/** Counts pictures that were handed out, fetched and refused. */
@Component
final class ContentMetrics {

  /** How a picture was found. */
  enum Result {
    /** It was kept here. */
    HIT,
    /** Another replica had stored it. */
    SHARED,
    /** It was fetched from the vendor's link. */
    MISS,
    /** It came by a fetch that another caller had begun. */
    COLLAPSED;

    String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final MeterRegistry meters;
  private final Map<Result, Counter> requests;
  private final Map<ContentRefused.Reason, Counter> refused;
  private final Map<String, Timer> fetches;
  private final Map<String, Counter> failures;
  private final Counter lost;

  ContentMetrics(MeterRegistry meters) {
    this.meters = meters;
    this.requests =
        Stream.of(Result.values())
            .collect(
                toUnmodifiableMap(
                    identity(),
                    result ->
                        counter("requests", "Pictures that were served, by how they were found")
                            .tag("result", result.id())
                            .register(meters)));
    this.refused =
        Stream.of(ContentRefused.Reason.values())
            .collect(
                toUnmodifiableMap(
                    identity(),
                    reason ->
                        counter("refused", "Links and bytes that were refused, by reason")
                            .tag("reason", reason.id())
                            .register(meters)));
    this.fetches =
        Stream.of("success", "failure")
            .collect(
                toUnmodifiableMap(
                    identity(),
                    outcome ->
                        Timer.builder("cloakroom.content.fetches")
                            .description("Fetches of pictures from the vendor's links")
                            .tag("outcome", outcome)
                            .register(meters)));
    this.failures =
        Stream.of("directory", "s3")
            .collect(
                toUnmodifiableMap(
                    identity(),
                    store ->
                        counter("failures", "Failures of the stores of pictures")
                            .tag("store", store)
                            .register(meters)));
    this.lost =
        counter("lost", "Fetches of pictures whose link is dead, and which nobody has stored")
            .register(meters);
  }

  private static Counter.Builder counter(String name, String description) {
    return Counter.builder("cloakroom.content." + name).description(description);
  }

  void bindDirectory(LongSupplier bytes) {
    Gauge.builder("cloakroom.content.bytes", bytes, LongSupplier::getAsLong)
        .description("Room that kept pictures take in the directory")
        .baseUnit("bytes")
        .strongReference(true)
        .register(meters);
  }

  void served(Result result) {
    Objects.requireNonNull(requests.get(result)).increment();
  }

  void fetched(boolean isSuccess, long nanos) {
    Objects.requireNonNull(fetches.get(isSuccess ? "success" : "failure"))
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  void refused(ContentRefused.Reason reason) {
    Objects.requireNonNull(refused.get(reason)).increment();
  }

  void lost() {
    lost.increment();
  }

  void directoryFailed() {
    Objects.requireNonNull(failures.get("directory")).increment();
  }

  void sharedFailed() {
    Objects.requireNonNull(failures.get("s3")).increment();
  }
}
