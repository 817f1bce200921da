package dev.cloakroom.lookup;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.cloakroom.cache.FetchDeferred;
import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.cache.ImageCache;
import dev.cloakroom.cluster.SharedFetches;
import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.image.ImageSnapshot;
import dev.cloakroom.image.Requester;
import dev.cloakroom.problem.LogLimiter;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.problem.RetryAfter;
import dev.cloakroom.upstream.UpstreamClient;
import io.micrometer.context.ContextSnapshot;
import io.micrometer.context.ContextSnapshotFactory;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** The cache's source: fetches from the vendor, shared with other replicas. */
@Component
class UpstreamSource implements ImageCache.Source {

  private static final Logger log = LoggerFactory.getLogger(UpstreamSource.class);

  private static final ContextSnapshotFactory traces = ContextSnapshotFactory.builder().build();

  /** The upstream client ends its fetches before that. */
  private static final Duration GRACE = Duration.ofSeconds(1);

  private final LogLimiter warnings;
  private final UpstreamClient upstream;
  private final SharedFetches shared;
  private final NewImageLimit limit;
  private final ImageMetrics metrics;

  UpstreamSource(
      UpstreamClient upstream,
      SharedFetches shared,
      NewImageLimit limit,
      ImageMetrics metrics,
      Ticker ticker) {
    this.upstream = upstream;
    this.shared = shared;
    this.limit = limit;
    this.metrics = metrics;
    this.warnings = new LogLimiter(ticker);
  }

  @Override
  public CompletableFuture<ImageSnapshot> fetch(
      ImageId id, Duration maxAge, @Nullable FoundImage known) {
    Requester requester = Requester.current();
    return inTime(shared.fetch(id, maxAge, () -> fetchUpstream(requester, id, known)))
        .exceptionallyCompose(
            failure ->
                CompletableFuture.failedFuture(deferredOrFailed(failure, requester.requestId())));
  }

  private CompletableFuture<Image> fetchUpstream(
      Requester requester, ImageId id, @Nullable FoundImage known) {
    Supplier<CompletableFuture<Image>> fetch =
        () -> requester.call(() -> inTime(upstream.fetch(id)));
    return known == null
        ? whenAllowed(limit.acquire(requester.client(), id), fetch)
        : fetch
            .get()
            .whenComplete((image, failure) -> requester.run(() -> record(known, image, failure)));
  }

  /** In the trace of the request, though other replicas may have to be asked first. */
  private static CompletableFuture<Image> whenAllowed(
      CompletableFuture<Boolean> allowed, Supplier<CompletableFuture<Image>> fetch) {
    if (allowed.isDone()) {
      return allowed.thenCompose(_ -> fetch.get());
    }
    ContextSnapshot trace = traces.captureAll();
    return allowed.thenCompose(
        _ -> {
          try (ContextSnapshot.Scope _ = trace.setThreadLocals()) {
            return fetch.get();
          }
        });
  }

  /** Whatever happens: an image whose fetch never ended would be lost. */
  private <T> CompletableFuture<T> inTime(CompletableFuture<T> fetch) {
    Duration limit = upstream.timeout().plus(GRACE);
    return TimeLimit.set(
        fetch,
        limit,
        () ->
            Problem.UPSTREAM_TIMEOUT.retryAfter(
                RetryAfter.DEFAULT, new TimeoutException("no outcome within " + limit)));
  }

  /** No call was made where there is no cause, and none may be made while no key is usable. */
  private static Throwable deferredOrFailed(Throwable failure, String requestId) {
    ProblemException problem = ProblemException.of(failure).causedBy(requestId);
    Duration wait = problem.retryAfter();
    boolean isDeferred =
        switch (problem.problem()) {
          case UPSTREAM_THROTTLED, UPSTREAM_CREDENTIALS -> true;
          default -> problem.getCause() == null;
        };
    return isDeferred && wait != null ? new FetchDeferred(wait, failure) : failure;
  }

  private void record(FoundImage known, @Nullable Image image, @Nullable Throwable failure) {
    if (image != null) {
      metrics.finished(known, image);
    } else if (failure != null) {
      logHidden(
          known.image().id(),
          failure instanceof CompletionException ? failure.getCause() : failure);
    }
  }

  /** Callers get the known state, so the failure never comes to the exit. */
  private void logHidden(ImageId id, @Nullable Throwable fault) {
    if (!(fault instanceof ProblemException)) {
      log.error("The fetch of image {} failed", id, fault);
    } else if (fault.getCause() != null && warnings.allows()) {
      log.warn(
          "/images/{} is served stale: {}{}",
          id,
          fault.getCause().getMessage(),
          warnings.suppressed());
    }
  }
}
