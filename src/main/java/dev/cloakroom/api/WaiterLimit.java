package dev.cloakroom.api;

import dev.cloakroom.image.ImageId;
import dev.cloakroom.image.Requester;
import dev.cloakroom.lookup.ImageLookupProperties;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.problem.RetryAfter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.springframework.stereotype.Component;

/** Limits the callers who wait, and their images: in all, for each image, and for each client. */
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

  /**
   * A place among the callers who wait.
   *
   * @param refused those of the images that are not to be awaited, as there are too many
   * @param release gives it to the next; must run once
   */
  record Permit(Set<ImageId> refused, Runnable release) {}

  /** Those who wait, and the images that they wait for beside their first. */
  private record Held(int callers, int more) {

    private Held plus(Held other) {
      return new Held(callers + other.callers, more + other.more);
    }

    private Held minus(Held other) {
      return new Held(callers - other.callers, more - other.more);
    }
  }

  /** Images that callers may wait for beside their first, for each place that there is. */
  private static final int MORE_IMAGES = 10;

  private final ImageLookupProperties settings;
  private final Map<Kind, AtomicInteger> acquired = new EnumMap<>(Kind.class);
  private final AtomicReference<Held> all = new AtomicReference<>(new Held(0, 0));
  private final ConcurrentHashMap<ImageId, Integer> byImage = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, Held> byClient = new ConcurrentHashMap<>();

  /** By client: images beside a caller's first, where nobody else waited for them. */
  private final ConcurrentHashMap<String, Integer> newImages = new ConcurrentHashMap<>();

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
   * Acquires a permit for the client of this thread, and one image; what is returned releases it,
   * and must run once.
   *
   * @throws dev.cloakroom.problem.ProblemException where a limit is reached
   */
  Runnable acquire(Kind kind, ImageId id) {
    Permit permit = acquire(kind, List.of(id));
    if (!permit.refused().isEmpty()) {
      permit.release().run();
      throw tooManyWaiters();
    }
    return permit.release();
  }

  /**
   * Acquires one permit for many images.
   *
   * @throws dev.cloakroom.problem.ProblemException where a limit is reached for all of them
   */
  Permit acquire(Kind kind, List<ImageId> ids) {
    String client = Requester.current().client();
    var held = new Held(1, ids.size() - 1);
    AtomicInteger count = Objects.requireNonNull(acquired.get(kind));
    count.incrementAndGet();
    Held ofAll = all.accumulateAndGet(held, Held::plus);
    Held ofClient = Objects.requireNonNull(byClient.merge(client, held, Held::plus));
    Runnable release =
        () -> {
          count.decrementAndGet();
          all.accumulateAndGet(held, Held::minus);
          byClient.computeIfPresent(client, (_, now) -> now.equals(held) ? null : now.minus(held));
        };
    if (isAbove(ofClient, settings.maxWaitersPerClient())) {
      release.run();
      throw Problem.TOO_MANY_REQUESTS.retryAfter(RetryAfter.DEFAULT, null);
    }
    if (isAbove(ofAll, settings.maxWaiters())) {
      release.run();
      throw tooManyWaiters();
    }
    return acquireImages(client, ids, release);
  }

  private static boolean isAbove(Held held, int max) {
    return held.callers() > max || held.more() > (long) max * MORE_IMAGES;
  }

  private Permit acquireImages(String client, List<ImageId> ids, Runnable release) {
    Set<ImageId> refused = new HashSet<>();
    int added = 0;
    for (ImageId id : ids) {
      int callers = Objects.requireNonNull(byImage.merge(id, 1, Integer::sum));
      boolean isNew = callers == 1 && !id.equals(ids.getFirst());
      if (callers > settings.maxWaitersPerImage() || (isNew && !hasRoomForNewImage(client))) {
        releaseImage(id);
        refused.add(id);
      } else if (isNew) {
        newImages.merge(client, 1, Integer::sum);
        added++;
      }
    }
    int mine = added;
    return new Permit(
        refused,
        () -> {
          release.run();
          newImages.computeIfPresent(client, (_, now) -> now == mine ? null : now - mine);
          ids.stream().filter(id -> !refused.contains(id)).forEach(this::releaseImage);
        });
  }

  /** As much as if each image had a caller of its own: it costs fetches, however few wait. */
  private boolean hasRoomForNewImage(String client) {
    return byImage.size() <= settings.maxWaiters()
        && newImages.getOrDefault(client, 0) < settings.maxWaitersPerClient();
  }

  private void releaseImage(ImageId id) {
    byImage.computeIfPresent(id, (_, callers) -> callers == 1 ? null : callers - 1);
  }

  static ProblemException tooManyWaiters() {
    return Problem.TOO_MANY_WAITERS.retryAfter(RetryAfter.DEFAULT, null);
  }
}
