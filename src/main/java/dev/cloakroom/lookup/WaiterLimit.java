package dev.cloakroom.lookup;

import dev.cloakroom.image.ImageId;
import dev.cloakroom.problem.Problem;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.stereotype.Component;

/** The places of callers who wait: so many in all, for each image, and for each client. */
@Component
class WaiterLimit {

  /** What a caller waits for. */
  enum Kind {
    FETCH("cloakroom.fetching", "Callers that wait for a fetch under way"),
    WAIT("cloakroom.waiters", "Callers that wait for a final state"),
    STREAM("cloakroom.streams", "Clients that listen to an image's events");

    private final String metric;
    private final String description;

    Kind(String metric, String description) {
      this.metric = metric;
      this.description = description;
    }
  }

  private static final Duration SOON = Duration.ofSeconds(5);

  private final ImageLookupProperties settings;
  private final Map<Kind, AtomicInteger> taken = new EnumMap<>(Kind.class);
  private final AtomicInteger all = new AtomicInteger();
  private final ConcurrentHashMap<ImageId, Integer> byImage = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, Integer> byClient = new ConcurrentHashMap<>();

  WaiterLimit(ImageLookupProperties settings, MeterRegistry meters) {
    this.settings = settings;
    for (Kind kind : Kind.values()) {
      var count = new AtomicInteger();
      taken.put(kind, count);
      Gauge.builder(kind.metric, count, AtomicInteger::get)
          .description(kind.description)
          .register(meters);
    }
  }

  /**
   * Takes a place; what is returned gives it back, and must run once.
   *
   * @throws dev.cloakroom.problem.ProblemException where there is none
   */
  Runnable take(Kind kind, ImageId id, HttpServletRequest request) {
    String client = ClientAddress.of(request, settings.trustedProxies());
    AtomicInteger count = Objects.requireNonNull(taken.get(kind));
    count.incrementAndGet();
    int ofAll = all.incrementAndGet();
    int ofImage = byImage.merge(id, 1, Integer::sum);
    int ofClient = byClient.merge(client, 1, Integer::sum);
    Runnable leave =
        () -> {
          count.decrementAndGet();
          all.decrementAndGet();
          byImage.computeIfPresent(id, (_, callers) -> callers == 1 ? null : callers - 1);
          byClient.computeIfPresent(client, (_, callers) -> callers == 1 ? null : callers - 1);
        };
    if (ofClient > settings.mostWaitersPerClient()) {
      leave.run();
      throw Problem.TOO_MANY_REQUESTS.retryAfter(SOON, null);
    }
    if (ofImage > settings.mostWaitersPerImage() || ofAll > settings.mostWaiters()) {
      leave.run();
      throw Problem.TOO_MANY_WAITERS.retryAfter(SOON, null);
    }
    return leave;
  }
}
