package dev.cloakroom.access;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/** Counts the requests of each caller, and those that were refused. */
@Component
class AccessMetrics {

  static final String UNAUTHENTICATED = "unauthenticated";
  static final String FORBIDDEN = "forbidden";

  private static final String UNKNOWN = "unknown";

  private final ConcurrentHashMap<String, Counter> allowed = new ConcurrentHashMap<>();
  private final MeterRegistry meters;

  AccessMetrics(MeterRegistry meters) {
    this.meters = meters;
    // From the beginning, as an alert compares them with what was before.
    List.of(UNAUTHENTICATED, FORBIDDEN).forEach(result -> counter(UNKNOWN, result));
  }

  /** Counts a request of a caller, who are as many as there are secrets. */
  void countAllowed(String caller) {
    Counter known = allowed.get(caller);
    Counter counter = known == null ? counter(caller, "allowed") : known;
    if (known == null) {
      allowed.put(caller, counter);
    }
    counter.increment();
  }

  /** Counts a request of nobody who is known. */
  void countRefused(String result) {
    counter(UNKNOWN, result).increment();
  }

  private Counter counter(String caller, String result) {
    return Counter.builder("cloakroom.access.requests")
        .description("Requests, by who asked and whether they were allowed")
        .tags("caller", caller, "result", result)
        .register(meters);
  }
}
