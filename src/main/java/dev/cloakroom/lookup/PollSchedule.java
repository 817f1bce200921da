package dev.cloakroom.lookup;

import dev.cloakroom.cache.CacheMode;
import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.cache.FoundImage.Result;
import dev.cloakroom.cache.ImageCache;
import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.image.Requester;
import dev.cloakroom.lookup.ImagePoller.Subscriber;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.problem.RetryAfter;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.stereotype.Component;

/** The polling of one image, for as long as it has subscribers. */
final class PollSchedule {

  /** What all schedules share. */
  @Component
  record Tools(
      ImageCache cache,
      TaskScheduler timer,
      ObservationRegistry observations,
      NewImageLimit limit,
      ImageLookupProperties settings) {

    ScheduledFuture<?> after(Duration wait, Runnable task) {
      return timer.schedule(task, timer.getClock().instant().plus(wait));
    }
  }

  private static final Duration MISSING_STEP = Duration.ofSeconds(2);
  private static final Duration MAX_STEP = Duration.ofSeconds(10);
  private static final Duration MIN_STEP = Duration.ofMillis(100);

  private final ImageId id;
  private final Tools tools;
  private final ConcurrentHashMap<ImageId, PollSchedule> schedules;

  /** With whom each is for. */
  private final Map<Subscriber, Requester> subscribers = new ConcurrentHashMap<>();

  /** Guards updates, so that none comes after the last. */
  private final Object updates = new Object();

  private boolean isOver;
  private boolean isStopped;
  private @Nullable Observation observation;
  private @Nullable ScheduledFuture<?> limit;
  private @Nullable ScheduledFuture<?> next;
  private volatile @Nullable FoundImage latest;

  /** Not begun yet. */
  PollSchedule(ImageId id, Tools tools, ConcurrentHashMap<ImageId, PollSchedule> schedules) {
    this.id = id;
    this.tools = tools;
    this.schedules = schedules;
    this.latest = tools.cache().find(id);
  }

  void add(Subscriber subscriber) {
    subscribers.put(subscriber, Requester.current());
  }

  /** Whether others are left. */
  boolean remove(Subscriber subscriber) {
    subscribers.remove(subscriber);
    return !subscribers.isEmpty();
  }

  /** Only once, and not where it has ended since it was joined. */
  void begin(CacheMode mode) {
    Observation trace;
    synchronized (this) {
      if (observation != null || isStopped) {
        return;
      }
      trace =
          Observation.createNotStarted("cloakroom.poll", tools.observations())
              .highCardinalityKeyValue("image", id.value())
              .start();
      observation = trace;
      limit = tools.after(tools.settings().maxPollTime(), this::end);
    }
    // Not within the lock, as what the fetch brings may be learned by this thread.
    fetch(trace, mode);
  }

  /** In the schedule's own trace. */
  private void fetch(Observation trace, CacheMode mode) {
    try (Observation.Scope _ = trace.openScope()) {
      var _ =
          requester()
              .call(() -> tools.cache().get(id, mode))
              .whenCompleteAsync(this::fetched, Thread::startVirtualThread);
    }
  }

  /** A client who may have new images fetched, if any of the subscribers' may. */
  private Requester requester() {
    Requester any = Requester.NOBODY;
    for (Requester requester : subscribers.values()) {
      if (!tools.limit().isUsedUp(requester.client())) {
        return requester;
      }
      any = requester;
    }
    return any;
  }

  /** What the fetch brought is learned by now. */
  private void fetched(@Nullable FoundImage found, @Nullable Throwable failure) {
    if (found == null) {
      ProblemException problem = ProblemException.of(Objects.requireNonNull(failure));
      publish(subscriber -> subscriber.onError(problem));
      goOn(untilRepeat(problem));
      return;
    }
    switch (found.result()) {
      case MISS, EXPIRED, REQUESTED -> {}
      case HIT, STALE, STALE_IF_ERROR -> learn(found);
    }
  }

  /** Soon where a client has no more fetches, as another may subscribe who has. */
  private static Duration untilRepeat(ProblemException problem) {
    Duration wait = problem.retryAfter();
    if (problem.problem() == Problem.TOO_MANY_REQUESTS) {
      return MISSING_STEP;
    }
    return wait == null ? RetryAfter.DEFAULT : wait;
  }

  void learn(FoundImage found) {
    boolean isLast = found.image().isFinal();
    synchronized (updates) {
      if (isOver) {
        return;
      }
      latest = found;
      if (!isLast) {
        subscribers.keySet().forEach(subscriber -> subscriber.onUpdate(found));
      }
    }
    if (isLast) {
      end();
    } else {
      goOn(untilNextFetch(found));
    }
  }

  /** Nothing is scheduled once it is over. */
  private void goOn(Duration wait) {
    schedules.computeIfPresent(
        id,
        (_, current) -> {
          Observation trace = observation;
          if (current == this && trace != null) {
            if (next != null) {
              next.cancel(false);
            }
            next = tools.after(wait, () -> fetch(trace, CacheMode.noCacheWithin(maxAge())));
          }
          return current;
        });
  }

  /** Of what another replica knows, so that not each has a schedule of its own. */
  private Duration maxAge() {
    FoundImage known = latest;
    return known == null ? MAX_STEP : maxStep(known.image());
  }

  void sendLatest(Subscriber subscriber) {
    FoundImage known = latest;
    if (known != null) {
      subscriber.onUpdate(known);
    }
  }

  /** Each on a thread of its own, so that none waits for a slower one. */
  private void publish(Consumer<Subscriber> update) {
    subscribers
        .keySet()
        .forEach(subscriber -> Thread.startVirtualThread(() -> update.accept(subscriber)));
  }

  void end() {
    if (schedules.remove(id, this)) {
      stop();
      FoundImage last;
      synchronized (updates) {
        isOver = true;
        last = latest;
      }
      publish(
          subscriber -> {
            if (last != null) {
              subscriber.onUpdate(last);
            }
            subscriber.onComplete();
          });
    }
  }

  synchronized void stop() {
    isStopped = true;
    for (ScheduledFuture<?> task : new ScheduledFuture<?>[] {limit, next}) {
      if (task != null) {
        task.cancel(false);
      }
    }
    if (observation != null) {
      observation.stop();
    }
  }

  private static Duration untilNextFetch(FoundImage found) {
    if (found.result() == Result.STALE_IF_ERROR) {
      return max(found.nextFetch(), MIN_STEP);
    }
    Duration maxStep = maxStep(found.image());
    Duration wait = found.nextFetch().compareTo(maxStep) > 0 ? maxStep : found.nextFetch();
    return max(wait, MIN_STEP);
  }

  private static Duration maxStep(Image image) {
    return image instanceof Image.Missing ? MISSING_STEP : MAX_STEP;
  }

  private static Duration max(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }
}
