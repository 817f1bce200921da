package dev.cloakroom.api;

import dev.cloakroom.cache.CacheMode;
import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.lookup.ImageLookup;
import dev.cloakroom.lookup.ImageLookupProperties;
import dev.cloakroom.lookup.ImageMetrics;
import dev.cloakroom.lookup.ImagePoller;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.problem.ProblemHandler;
import io.micrometer.observation.ObservationRegistry;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.stereotype.Component;

/** Keeps responses pending for callers who wait, and for event streams, up to a limit. */
@Component
public class PendingResponses {

  /** What pending responses share. */
  @Component
  record Tools(
      ImagePoller poller,
      ImageMetrics metrics,
      ProblemHandler exit,
      ObservationRegistry observations,
      TaskScheduler timer,
      ImageLookupProperties settings) {

    Duration heartbeat() {
      return settings.heartbeat();
    }

    Instant now() {
      return timer.getClock().instant();
    }

    ScheduledFuture<?> after(Duration wait, Runnable task) {
      return timer.schedule(task, now().plus(wait));
    }
  }

  private final Tools tools;
  private final ImageLookup lookup;
  private final WaiterLimit limit;

  PendingResponses(Tools tools, ImageLookup lookup, WaiterLimit limit) {
    this.tools = tools;
    this.lookup = lookup;
    this.limit = limit;
  }

  /**
   * The image, when its fetch ends. Where the limit is reached, the image as it is known.
   *
   * @return fails with a {@link ProblemException} where nothing is known, and there is no permit or
   *     no fetch
   */
  CompletableFuture<FoundImage> find(ImageId id, CacheMode mode) {
    Runnable permit;
    try {
      permit = limit.acquire(WaiterLimit.Kind.FETCH, id);
    } catch (ProblemException full) {
      FoundImage known = lookup.find(id);
      return known == null
          ? CompletableFuture.failedFuture(full)
          : CompletableFuture.completedFuture(known);
    }
    return lookup.get(id, mode).whenComplete((_, _) -> permit.run());
  }

  /** Answers with the state when the fetch ends. */
  void answer(
      CompletableFuture<FoundImage> found, ServerTiming timing, HttpServletRequest request) {
    answerLater(found, timing, new PendingResponse(request, tools, () -> {}, ImageRenderer.STATE));
  }

  /**
   * Sends what the renderer makes of the image: when its state is final or the time is over, or
   * where there is no time to wait, when a fetch has brought it.
   *
   * @throws ProblemException where there is no permit
   */
  public void answer(
      ImageId id,
      CacheMode mode,
      Duration time,
      HttpServletRequest request,
      ImageRenderer renderer) {
    if (time.isPositive() && !mode.equals(CacheMode.ONLY_IF_CACHED)) {
      await(id, mode, time, request, renderer);
      return;
    }
    Runnable permit = limit.acquire(WaiterLimit.Kind.FETCH, id);
    var response = new PendingResponse(request, tools, permit, renderer);
    answerLater(lookup.get(id, mode), new ServerTiming(), response);
  }

  private static void answerLater(
      CompletableFuture<FoundImage> found, ServerTiming timing, PendingResponse response) {
    var _ =
        found.whenCompleteAsync(
            (image, failure) -> {
              if (failure == null) {
                timing.addTo(response.response()::setHeader, image);
              }
              response.answer(image, failure);
            },
            Thread::startVirtualThread);
  }

  /**
   * Answers when the image's state is final, or as it stands when the time is over.
   *
   * @throws ProblemException where there is no permit
   */
  void await(ImageId id, CacheMode mode, Duration time, HttpServletRequest request) {
    await(id, mode, time, request, ImageRenderer.STATE);
  }

  private void await(
      ImageId id,
      CacheMode mode,
      Duration time,
      HttpServletRequest request,
      ImageRenderer renderer) {
    Runnable permit = limit.acquire(WaiterLimit.Kind.WAIT, id);
    var caller = new LongPoll(List.of(id), request, tools, permit, renderer);
    caller.open();
    caller.setTask(tools.after(time, () -> Thread.startVirtualThread(caller::onEnd)));
    caller.begin(mode, Map.of());
  }

  /**
   * Sends the image's state at each change, until it is final.
   *
   * @throws ProblemException where there is no permit
   */
  void stream(ImageId id, HttpServletRequest request) {
    Runnable permit = limit.acquire(WaiterLimit.Kind.STREAM, id);
    var stream = new EventStream(request, tools, permit);
    stream.open();
    stream.begin(List.of(id));
  }
}
