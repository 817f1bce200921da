package dev.cloakroom.lookup;

import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.cache.ImageCache.Demand;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.problem.ProblemHandler;
import io.micrometer.observation.ObservationRegistry;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ScheduledFuture;
import org.jspecify.annotations.Nullable;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.stereotype.Component;

/** Keeps answers open for callers who wait or listen, as many as there are places for. */
@Component
class PendingResponses {

  /** What open answers share. */
  @Component
  record Tools(
      ImagePoller watch,
      ImageMetrics metrics,
      ProblemHandler exit,
      ObservationRegistry observations,
      TaskScheduler timer) {

    Instant now() {
      return timer.getClock().instant();
    }

    ScheduledFuture<?> after(Duration wait, Runnable task) {
      return timer.schedule(task, now().plus(wait));
    }
  }

  private final Tools tools;
  private final ImageLookup lookup;
  private final WaiterLimit places;
  private final Duration heartbeat;

  PendingResponses(
      Tools tools, ImageLookup lookup, WaiterLimit places, ImageLookupProperties settings) {
    this.tools = tools;
    this.lookup = lookup;
    this.places = places;
    this.heartbeat = settings.heartbeat();
  }

  /**
   * The image where nobody has to wait for it; else null, and the answer is sent when the fetch
   * ends. Where there is no place to wait, the image as it is known.
   *
   * @throws ProblemException where nothing is known, and there is no place or no fetch
   */
  @Nullable FoundImage find(ImageId id, Demand demand, HttpServletRequest request) {
    Runnable place;
    try {
      place = places.take(WaiterLimit.Kind.FETCH, id, request);
    } catch (ProblemException full) {
      FoundImage known = lookup.find(id);
      if (known == null) {
        throw full;
      }
      return known;
    }
    boolean isToWait = false;
    try {
      ServerTiming timing = new ServerTiming();
      CompletableFuture<FoundImage> found = lookup.get(id, demand, timing);
      if (found.isDone()) {
        return found.join();
      }
      var answer = new PendingResponse(request, tools, place);
      isToWait = true;
      answerLater(found, timing, answer);
      return null;
    } catch (CompletionException failure) {
      throw ProblemHandler.problemOf(failure);
    } finally {
      if (!isToWait) {
        place.run();
      }
    }
  }

  private static void answerLater(
      CompletableFuture<FoundImage> found, ServerTiming timing, PendingResponse answer) {
    var _ =
        found.whenCompleteAsync(
            (image, failure) -> {
              String durations = timing.value();
              if (failure == null && durations != null) {
                answer.response().setHeader(ServerTiming.HEADER, durations);
              }
              answer.answer(image, failure);
            },
            Thread::startVirtualThread);
  }

  /**
   * Answers when the image's state is final, or as it stands when the time is over.
   *
   * @throws ProblemException where there is no place
   */
  void await(ImageId id, Demand demand, Duration time, HttpServletRequest request) {
    Runnable place = places.take(WaiterLimit.Kind.WAIT, id, request);
    var caller = new LongPoll(id, request, tools, place);
    caller.open();
    caller.setTask(tools.after(time, () -> Thread.startVirtualThread(caller::ends)));
    caller.begin(demand);
  }

  /**
   * Sends the image's state at each change, until it is final.
   *
   * @throws ProblemException where there is no place
   */
  void stream(ImageId id, HttpServletRequest request) {
    Runnable place = places.take(WaiterLimit.Kind.STREAM, id, request);
    var stream = new EventStream(id, request, tools, place);
    stream.open();
    beatSometimes(stream);
    stream.begin(Demand.ANY);
  }

  private void beatSometimes(EventStream stream) {
    stream.setTask(
        tools.after(
            heartbeat,
            () -> {
              stream.beat();
              beatSometimes(stream);
            }));
  }
}
