package dev.cloakroom.content;

import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.content.ContentMetrics.Result;
import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.image.Requester;
import dev.cloakroom.lookup.TimeLimit;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.problem.RetryAfter;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import jakarta.annotation.PreDestroy;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.stereotype.Component;

/**
 * Fetches pictures by the vendor's links, so many at a time, and one fetch for all who ask for one.
 *
 * <p>A caller who leaves ends no fetch. The failure of a fetch reaches those who wait for it, and
 * is not remembered.
 */
@Component
final class PictureFetches {

  /**
   * A fetch under way; its outcome is held until all who wait have got it.
   *
   * @param requester whose request began it
   * @param parent the span of that request
   * @param readySince when its image was seen ready
   * @param deadline by {@link System#nanoTime}
   */
  private record Fetch(
      PictureId id,
      URI link,
      Requester requester,
      @Nullable Span parent,
      Instant readySince,
      long deadline,
      CompletableFuture<OpenPicture> outcome) {

    Duration left() {
      return Duration.ofNanos(deadline - System.nanoTime());
    }
  }

  /** Fetches that wait for their turn. */
  private static final int MAX_PENDING = 512;

  /** A file may follow its link. */
  private static final Duration MAX_DELAY = Duration.ofSeconds(60);

  private static final Duration RETRY = Duration.ofSeconds(2);

  private final ConcurrentHashMap<PictureId, Fetch> fetches = new ConcurrentHashMap<>();
  private final PictureClient client;
  private final PictureStore store;
  private final ContentMetrics metrics;
  private final Tracer tracer;
  private final TaskScheduler timer;
  private final Duration timeout;
  private final ThreadPoolExecutor turns;

  PictureFetches(
      PictureClient client,
      PictureStore store,
      ContentMetrics metrics,
      Tracer tracer,
      TaskScheduler timer,
      ContentProperties settings) {
    this.client = client;
    this.store = store;
    this.metrics = metrics;
    this.tracer = tracer;
    this.timer = timer;
    this.timeout = settings.timeout();
    this.turns =
        new ThreadPoolExecutor(
            settings.maxFetches(),
            settings.maxFetches(),
            1,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_PENDING),
            Thread.ofVirtual().name("picture-", 1).factory());
    this.turns.allowCoreThreadTimeOut(true);
  }

  /**
   * The picture, by the link that its image has for it.
   *
   * @return completes within {@code cloakroom.content.timeout}, or fails with a {@link
   *     ProblemException}
   */
  CompletableFuture<FoundPicture> fetch(PictureId id, FoundImage found, Image.Ready ready) {
    if (id.index() >= ready.output().size()) {
      throw Problem.NOT_FOUND.because("The image has fewer pictures; they count from 0.");
    }
    var mine =
        new Fetch(
            id,
            ready.output().get(id.index()),
            Requester.current(),
            tracer.currentSpan(),
            now().minus(found.age()),
            System.nanoTime() + timeout.toNanos(),
            new CompletableFuture<>());
    Fetch others = fetches.putIfAbsent(id, mine);
    if (others == null) {
      submit(mine);
    }
    // A copy, as others wait for the same.
    CompletableFuture<OpenPicture> outcome = (others == null ? mine : others).outcome().copy();
    Result result = others == null ? Result.MISS : Result.COLLAPSED;
    return TimeLimit.set(outcome, timeout, () -> tooLate(null))
        .thenCompose(
            picture ->
                picture.retain()
                    ? CompletableFuture.completedFuture(new FoundPicture(picture, result))
                    // All others have closed it meanwhile.
                    : fetch(id, found, ready));
  }

  private Instant now() {
    return timer.getClock().instant();
  }

  private void submit(Fetch fetch) {
    try {
      turns.execute(() -> fetch.requester().run(() -> run(fetch)));
    } catch (RejectedExecutionException full) {
      fail(fetch, unavailable(new IllegalStateException("too many pictures are being fetched")));
    }
  }

  private void run(Fetch fetch) {
    try {
      run(fetch, startSpan(fetch));
    } catch (Throwable fault) {
      // Else the picture's fetch would never be over.
      fail(fetch, fault);
    }
  }

  private void run(Fetch fetch, Span span) {
    long start = System.nanoTime();
    try (Tracer.SpanInScope _ = tracer.withSpan(span)) {
      FoundPicture kept = store.find(fetch.id());
      OpenPicture picture = kept == null ? download(fetch) : kept.content();
      fetches.remove(fetch.id(), fetch);
      fetch.outcome().complete(picture);
      picture.close();
      fetched(true, start, span);
    } catch (PictureClient.Gone gone) {
      fetched(false, start, span);
      retryOrFail(fetch, gone);
    } catch (ContentRefused refused) {
      fetched(false, start, span);
      metrics.refused(refused.reason());
      fail(fetch, Problem.CONTENT_REFUSED.because(refused));
    } catch (Throwable failure) {
      // An Error, too: else the picture's fetch would never be over.
      fetched(false, start, span);
      fail(fetch, failure);
    }
  }

  private Span startSpan(Fetch fetch) {
    Span.Builder span =
        tracer
            .spanBuilder()
            .name("cloakroom.content.fetch")
            .tag("image", fetch.id().image().value())
            .tag("picture", Integer.toString(fetch.id().index()));
    return fetch.parent() == null ? span.start() : span.setParent(fetch.parent().context()).start();
  }

  private void fetched(boolean isSuccess, long start, Span span) {
    metrics.fetched(isSuccess, System.nanoTime() - start);
    span.tag("outcome", isSuccess ? "success" : "failure").end();
  }

  private OpenPicture download(Fetch fetch) {
    Duration left = fetch.left();
    if (!left.isPositive()) {
      throw tooLate(new TimeoutException("no turn within " + timeout));
    }
    try (Spool spool = store.spool()) {
      client.fetch(fetch.link(), left, spool);
      var picture = new AtomicReference<@Nullable OpenPicture>();
      // Not while it is purged: what was purged must not return.
      fetches.computeIfPresent(
          fetch.id(),
          (id, current) -> {
            if (current.equals(fetch)) {
              picture.set(store.store(spool, id));
            }
            return current;
          });
      OpenPicture stored = picture.get();
      return stored == null ? store.pass(spool, fetch.id()) : stored;
    }
  }

  private void retryOrFail(Fetch fetch, PictureClient.Gone gone) {
    if (now().isAfter(fetch.readySince().plus(MAX_DELAY))) {
      metrics.lost();
      fail(fetch, Problem.CONTENT_LOST.because(gone));
    } else if (fetch.left().compareTo(RETRY) > 0) {
      var _ = timer.schedule(() -> submit(fetch), now().plus(RETRY));
    } else {
      fail(fetch, unavailable(gone));
    }
  }

  private void fail(Fetch fetch, Throwable failure) {
    fetches.remove(fetch.id(), fetch);
    fetch
        .outcome()
        .completeExceptionally(
            failure instanceof ProblemException problem
                ? problem.causedBy(fetch.requester().requestId())
                : failure);
  }

  private static ProblemException unavailable(Throwable cause) {
    return Problem.CONTENT_UNAVAILABLE.retryAfter(RetryAfter.DEFAULT, cause);
  }

  private static ProblemException tooLate(@Nullable Throwable cause) {
    return Problem.CONTENT_TIMEOUT.retryAfter(RetryAfter.DEFAULT, cause);
  }

  /** Keeps nothing of what a fetch under way will bring of the image. */
  void evict(ImageId image) {
    fetches.keySet().removeIf(id -> id.image().equals(image));
  }

  @PreDestroy
  void stop() {
    turns.shutdownNow();
  }
}
