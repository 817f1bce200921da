package dev.cloakroom.lookup;

import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.cache.FoundImage.Result;
import dev.cloakroom.cache.ImageCache;
import dev.cloakroom.cache.ImageCache.Demand;
import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.problem.ProblemHandler;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.stereotype.Component;

/**
 * Looks at images again and again while somebody wants to know: one schedule for each image,
 * however many wait for it.
 *
 * <p>On shutdown it ends before the server does, so that all are told how their images stand.
 */
@Component
class ImagePoller implements SmartLifecycle, ImageCache.Listener {

  /** Whoever wants to know how an image goes on. */
  interface Subscriber {

    /** After each look, and at first where something is known already; must not block. */
    void sees(FoundImage found);

    /** After a look that failed, where nothing is known; the next may be better. May block. */
    void fails(ProblemException problem);

    /** Nothing more comes: the state was final, or this was the end of the watch. May block. */
    void ends();
  }

  private static final Duration MISSING_STEP = Duration.ofSeconds(2);
  private static final Duration LONGEST_STEP = Duration.ofSeconds(10);
  private static final Duration SHORTEST_STEP = Duration.ofMillis(100);
  private static final Duration SOON = Duration.ofSeconds(5);

  private final ConcurrentHashMap<ImageId, Watch> watches = new ConcurrentHashMap<>();
  private final ImageLookup lookup;
  private final TaskScheduler timer;
  private final ObservationRegistry observations;
  private final Duration longestWatch;
  private volatile boolean isRunning;

  ImagePoller(
      ImageLookup lookup,
      TaskScheduler timer,
      ObservationRegistry observations,
      MeterRegistry meters,
      ImageLookupProperties settings) {
    this.lookup = lookup;
    this.timer = timer;
    this.observations = observations;
    this.longestWatch = settings.longestWatch();
    lookup.tell(this);
    Gauge.builder("cloakroom.watchers", watches, ConcurrentHashMap::size)
        .description("Images that are looked at as somebody waits for them")
        .register(meters);
  }

  /**
   * Lets somebody know about an image from now on.
   *
   * @param demand for the first look, where nobody else watches the image
   */
  void join(ImageId id, Demand demand, Subscriber watcher) {
    Watch watch =
        Objects.requireNonNull(
            watches.compute(
                id,
                (_, known) -> {
                  Watch joined = known == null ? new Watch(id) : known;
                  joined.watchers.add(watcher);
                  return joined;
                }));
    watch.tellLatest(watcher);
    if (isRunning) {
      watch.begin(demand);
    } else {
      watch.end();
    }
  }

  /** Forgets the watcher; the last one takes the schedule along. */
  void leave(ImageId id, Subscriber watcher) {
    watches.computeIfPresent(
        id,
        (_, watch) -> {
          watch.watchers.remove(watcher);
          if (!watch.watchers.isEmpty()) {
            return watch;
          }
          watch.stop();
          return null;
        });
  }

  /** From a look of whomever, here or at another replica. */
  @Override
  public void learned(FoundImage found) {
    Watch watch = watches.get(found.image().id());
    if (watch != null) {
      watch.learn(found);
    }
  }

  @Override
  public void start() {
    isRunning = true;
  }

  @Override
  public void stop() {
    isRunning = false;
    List.copyOf(watches.values()).forEach(Watch::end);
  }

  @Override
  public boolean isRunning() {
    return isRunning;
  }

  /** The schedule for one image. */
  private final class Watch {

    private final ImageId id;
    private final Set<Subscriber> watchers = ConcurrentHashMap.newKeySet();

    /** Held while news are told, so that none come after the last. */
    private final Object news = new Object();

    private boolean isOver;
    private boolean isStopped;
    private @Nullable Observation observation;
    private @Nullable ScheduledFuture<?> limit;
    private @Nullable ScheduledFuture<?> next;
    private volatile @Nullable FoundImage latest;

    Watch(ImageId id) {
      this.id = id;
      this.latest = lookup.find(id);
    }

    /** Only once, and not where it has ended since it was joined. */
    void begin(Demand demand) {
      Observation trace;
      synchronized (this) {
        if (observation != null || isStopped) {
          return;
        }
        trace =
            Observation.createNotStarted("cloakroom.watch", observations)
                .highCardinalityKeyValue("image", id.value())
                .start();
        observation = trace;
        limit = after(longestWatch, this::end);
      }
      // Not within the lock, as what the look brings may be learned by this thread.
      look(trace, () -> lookup.get(id, demand));
    }

    /** In the watch's own trace, whoever began it. */
    private void look(Observation trace, Supplier<CompletableFuture<@Nullable FoundImage>> look) {
      try (Observation.Scope _ = trace.openScope()) {
        var _ = look.get().whenCompleteAsync(this::looked, Thread::startVirtualThread);
      }
    }

    /** What the look brought is learned by now. */
    private void looked(@Nullable FoundImage found, @Nullable Throwable failure) {
      if (found == null) {
        ProblemException problem = ProblemHandler.problemOf(Objects.requireNonNull(failure));
        Duration wait = problem.retryAfter();
        tell(watcher -> watcher.fails(problem));
        goOn(wait == null ? SOON : wait);
        return;
      }
      switch (found.result()) {
        case MISS, EXPIRED, REQUESTED -> {}
        case HIT, STALE, STALE_IF_ERROR -> learn(found);
      }
    }

    private void learn(FoundImage found) {
      boolean isLast = found.image().isFinal();
      synchronized (news) {
        if (isOver) {
          return;
        }
        latest = found;
        if (!isLast) {
          watchers.forEach(watcher -> watcher.sees(found));
        }
      }
      if (isLast) {
        end();
      } else {
        goOn(untilNextLook(found));
      }
    }

    /** Nothing is scheduled for a watch that is over. */
    private void goOn(Duration wait) {
      watches.computeIfPresent(
          id,
          (_, current) -> {
            Observation trace = observation;
            if (current == this && trace != null) {
              if (next != null) {
                next.cancel(false);
              }
              next = after(wait, () -> look(trace, () -> lookup.get(id, maxAge())));
            }
            return current;
          });
    }

    /** Of what another replica knows, lest each has a schedule of its own. */
    private Duration maxAge() {
      FoundImage known = latest;
      return known == null ? LONGEST_STEP : longestStep(known.image());
    }

    void tellLatest(Subscriber watcher) {
      FoundImage known = latest;
      if (known != null) {
        watcher.sees(known);
      }
    }

    /** Each on a thread of its own, so that none waits for a slower one. */
    private void tell(Consumer<Subscriber> news) {
      watchers.forEach(watcher -> Thread.startVirtualThread(() -> news.accept(watcher)));
    }

    void end() {
      if (watches.remove(id, this)) {
        stop();
        FoundImage last;
        synchronized (news) {
          isOver = true;
          last = latest;
        }
        tell(
            watcher -> {
              if (last != null) {
                watcher.sees(last);
              }
              watcher.ends();
            });
      }
    }

    private synchronized void stop() {
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
  }

  private ScheduledFuture<?> after(Duration wait, Runnable task) {
    return timer.schedule(task, timer.getClock().instant().plus(wait));
  }

  private static Duration untilNextLook(FoundImage found) {
    if (found.result() == Result.STALE_IF_ERROR) {
      return max(found.nextLook(), SHORTEST_STEP);
    }
    Duration longest = longestStep(found.image());
    Duration wait = found.nextLook().compareTo(longest) > 0 ? longest : found.nextLook();
    return max(wait, SHORTEST_STEP);
  }

  private static Duration longestStep(Image image) {
    return image instanceof Image.Missing ? MISSING_STEP : LONGEST_STEP;
  }

  private static Duration max(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }
}
