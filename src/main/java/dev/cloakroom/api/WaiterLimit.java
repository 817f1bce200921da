package dev.cloakroom.api;

import dev.cloakroom.image.ImageId;
import dev.cloakroom.image.Requester;
import dev.cloakroom.lookup.ImageLookupProperties;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.RetryAfter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.stereotype.Component;

/** Limits the callers who wait: in all, for each image, and for each client. */
@Component
class WaiterLimit {

  /** What a caller waits for. */
  enum Kind {
    FETCH("cloakroom.fetching", "Callers that wait for a fetch under way"),
    WAIT("cloakroom.waiters", "Callers that wait for a final state"),
    STREAM("cloakroom.streams", "Clients of event streams");

    private final String metric;
    private final String description;

    Kind(String metric, String description) {
      this.metric = metric;
      this.description = description;
    }
  }

  private final ImageLookupProperties settings;
  private final Map<Kind, AtomicInteger> acquired = new EnumMap<>(Kind.class);
  private final AtomicInteger all = new AtomicInteger();
  private final ConcurrentHashMap<ImageId, Integer> byImage = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, Integer> byClient = new ConcurrentHashMap<>();

  WaiterLimit(ImageLookupProperties settings, MeterRegistry meters) {
    this.settings = settings;
    for (Kind kind : Kind.values()) {
      var count = new AtomicInteger();
      acquired.put(kind, count);
      Gauge.builder(kind.metric, count, AtomicInteger::get)
          .description(kind.description)
          .register(meters);
    }
  }

  /**
   * Acquires a permit for the client of this thread; what is returned releases it, and must run
   * once.
   *
   * @throws dev.cloakroom.problem.ProblemException where a limit is reached
   */
  Runnable acquire(Kind kind, ImageId id) {
    String client = Requester.current();
    AtomicInteger count = Objects.requireNonNull(acquired.get(kind));
    count.incrementAndGet();
    int ofAll = all.incrementAndGet();
    int ofImage = byImage.merge(id, 1, Integer::sum);
    int ofClient = byClient.merge(client, 1, Integer::sum);
    Runnable release =
        () -> {
          count.decrementAndGet();
          all.decrementAndGet();
          byImage.computeIfPresent(id, (_, callers) -> callers == 1 ? null : callers - 1);
          byClient.computeIfPresent(client, (_, callers) -> callers == 1 ? null : callers - 1);
        };
    if (ofClient > settings.maxWaitersPerClient()) {
      release.run();
      throw Problem.TOO_MANY_REQUESTS.retryAfter(RetryAfter.DEFAULT, null);
    }
    if (ofImage > settings.maxWaitersPerImage() || ofAll > settings.maxWaiters()) {
      release.run();
      throw Problem.TOO_MANY_WAITERS.retryAfter(RetryAfter.DEFAULT, null);
    }
    return release;
  }
}
