package dev.cloakroom.lookup;

import dev.cloakroom.cache.CacheMode;
import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.cache.ImageCache;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.problem.ProblemException;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Fetches awaited images again and again: one schedule for each image, however many callers wait
 * for it.
 *
 * <p>On shutdown it ends before the server does, so that all callers get the states as they are.
 */
@Component
public class ImagePoller implements SmartLifecycle, ImageCache.Listener {

  /** Follows one image. */
  public interface Subscriber {

    /** After each fetch, and at first where something is known already; must not block. */
    void onUpdate(FoundImage found);

    /** After a fetch that failed, where nothing is known; the next may be better. May block. */
    void onError(ProblemException problem);

    /** Nothing more comes: the state is final, or polling has ended. May block. */
    void onComplete();
  }

  private final ConcurrentHashMap<ImageId, PollSchedule> schedules = new ConcurrentHashMap<>();
  private final PollSchedule.Tools tools;
  private volatile boolean isRunning;

  ImagePoller(PollSchedule.Tools tools, MeterRegistry meters) {
    this.tools = tools;
    tools.cache().addListener(this);
    Gauge.builder("cloakroom.pollers", schedules, ConcurrentHashMap::size)
        .description("Images that are fetched again and again, as callers wait for them")
        .register(meters);
  }

  /**
   * Notifies the subscriber about an image from now on.
   *
   * @param mode for the first fetch, where the image has no schedule yet
   */
  public void subscribe(ImageId id, CacheMode mode, Subscriber subscriber) {
    PollSchedule schedule =
        Objects.requireNonNull(
            schedules.compute(
                id,
                (_, known) -> {
                  PollSchedule joined =
                      known == null ? new PollSchedule(id, tools, schedules) : known;
                  joined.add(subscriber);
                  return joined;
                }));
    schedule.sendLatest(subscriber);
    if (isRunning) {
      schedule.begin(mode);
    } else {
      schedule.end();
    }
  }

  /** Removes the subscriber; the schedule ends with the last one. */
  public void unsubscribe(ImageId id, Subscriber subscriber) {
    schedules.computeIfPresent(
        id,
        (_, schedule) -> {
          if (schedule.remove(subscriber)) {
            return schedule;
          }
          schedule.stop();
          return null;
        });
  }

  /** From any fetch, here or at another replica. */
  @Override
  public void learned(FoundImage found) {
    PollSchedule schedule = schedules.get(found.image().id());
    if (schedule != null) {
      schedule.learn(found);
    }
  }

  @Override
  public void start() {
    isRunning = true;
  }

  @Override
  public void stop() {
    isRunning = false;
    List.copyOf(schedules.values()).forEach(PollSchedule::end);
  }

  @Override
  public boolean isRunning() {
    return isRunning;
  }
}
