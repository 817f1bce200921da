package dev.cloakroom.lookup;

import dev.cloakroom.cache.ImageCache.Demand;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemHandler;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.stereotype.Component;

/** Keeps answers open for callers who wait or listen, as many as there is room for. */
@Component
class OpenAnswers {

  /** What open answers share. */
  record Tools(ImageWatch watch, ImageMetrics metrics, ProblemHandler exit) {}

  private static final Duration SOON = Duration.ofSeconds(5);

  private final Tools tools;
  private final TaskScheduler timer;
  private final ImageLookupProperties settings;
  private final AtomicInteger waiters = new AtomicInteger();
  private final AtomicInteger streams = new AtomicInteger();
  private final ConcurrentHashMap<ImageId, Integer> byImage = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, Integer> byClient = new ConcurrentHashMap<>();

  OpenAnswers(
      ImageWatch watch,
      ImageMetrics metrics,
      ProblemHandler exit,
      TaskScheduler timer,
      ImageLookupProperties settings,
      MeterRegistry meters) {
    this.tools = new Tools(watch, metrics, exit);
    this.timer = timer;
    this.settings = settings;
    Gauge.builder("cloakroom.waiters", waiters, AtomicInteger::get)
        .description("Callers that wait for a final state")
        .register(meters);
    Gauge.builder("cloakroom.streams", streams, AtomicInteger::get)
        .description("Clients that listen to an image's events")
        .register(meters);
  }

  /**
   * Answers when the image's state is final, or as it stands when the time is over.
   *
   * @throws dev.cloakroom.problem.ProblemException where there is no room
   */
  void await(ImageId id, Demand demand, Duration time, HttpServletRequest request) {
    var caller = new WaitingCaller(id, request, tools, admit(id, request, waiters));
    caller.setTask(after(time, () -> Thread.startVirtualThread(caller::ends)));
    caller.begin(demand);
  }

  /**
   * Sends the image's state at each change, until it is final.
   *
   * @throws dev.cloakroom.problem.ProblemException where there is no room
   */
  void stream(ImageId id, HttpServletRequest request) {
    var stream = new EventStream(id, request, tools, admit(id, request, streams));
    beatSometimes(stream);
    stream.begin(Demand.ANY);
  }

  private void beatSometimes(EventStream stream) {
    stream.setTask(
        after(
            settings.heartbeat(),
            () -> {
              stream.beat();
              beatSometimes(stream);
            }));
  }

  private ScheduledFuture<?> after(Duration wait, Runnable task) {
    return timer.schedule(task, timer.getClock().instant().plus(wait));
  }

  /** Takes a place; what is returned gives it back. */
  private Runnable admit(ImageId id, HttpServletRequest request, AtomicInteger kind) {
    String client = request.getRemoteAddr();
    kind.incrementAndGet();
    int ofImage = byImage.merge(id, 1, Integer::sum);
    int ofClient = byClient.merge(client, 1, Integer::sum);
    Runnable leave =
        () -> {
          kind.decrementAndGet();
          byImage.computeIfPresent(id, (_, count) -> count == 1 ? null : count - 1);
          byClient.computeIfPresent(client, (_, count) -> count == 1 ? null : count - 1);
        };
    if (ofClient > settings.mostWaitersPerClient()) {
      leave.run();
      throw Problem.TOO_MANY_REQUESTS.retryAfter(SOON, null);
    }
    if (ofImage > settings.mostWaitersPerImage()
        || waiters.get() + streams.get() > settings.mostWaiters()) {
      leave.run();
      throw Problem.TOO_MANY_WAITERS.retryAfter(SOON, null);
    }
    return leave;
  }
}
