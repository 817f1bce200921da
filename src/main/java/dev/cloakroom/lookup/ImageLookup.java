package dev.cloakroom.lookup;

import dev.cloakroom.cache.FetchDeferred;
import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.cache.ImageCache;
import dev.cloakroom.cache.ImageCache.Demand;
import dev.cloakroom.cluster.Cluster;
import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.image.ImageSnapshot;
import dev.cloakroom.problem.LogLimiter;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.problem.ProblemHandler;
import dev.cloakroom.upstream.UpstreamClient;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Finds images: in the cache, or else at the vendor. */
@Component
class ImageLookup {

  private static final Logger log = LoggerFactory.getLogger(ImageLookup.class);
  private static final Duration SOON = Duration.ofSeconds(5);

  /** The vendor's side ends its calls before that. */
  private static final Duration GRACE = Duration.ofSeconds(1);

  private final LogLimiter warnings = new LogLimiter();
  private final ImageCache cache;
  private final UpstreamClient upstream;
  private final Cluster cluster;
  private final ImageMetrics metrics;
  private final Duration timeout;

  ImageLookup(
      ImageCache cache,
      UpstreamClient upstream,
      Cluster cluster,
      ImageMetrics metrics,
      ImageLookupProperties settings) {
    this.cache = cache;
    this.upstream = upstream;
    this.cluster = cluster;
    this.metrics = metrics;
    this.timeout = settings.timeout();
    cache.tell(new Teller());
    cluster.listen(cache::learn, cache::drop);
  }

  /** Has other replicas know what this one learns. */
  private final class Teller implements ImageCache.Listener {

    @Override
    public void learned(FoundImage found) {
      cluster.tell(
          new ImageSnapshot(
              found.image(),
              found.age(),
              new ImageSnapshot.History(
                  found.jobAge().minus(found.age()), found.freshness(), found.looks())),
          found.image() instanceof Image.Ready ? cache.timeLeft(found) : found.timeToLive());
    }

    @Override
    public void forgotten(ImageId id) {
      cluster.forget(id);
    }
  }

  /** Lets somebody hear of each state that becomes known. */
  void tell(ImageCache.Listener listener) {
    cache.tell(listener);
  }

  /** The image if it is remembered, fresh or stale; asks nobody. */
  @Nullable FoundImage find(ImageId id) {
    return cache.find(id);
  }

  CompletableFuture<@Nullable FoundImage> get(ImageId id, Demand demand) {
    return cache.get(id, demand, this::fetch);
  }

  /** Not older than {@code maxAge}, if another replica has asked lately. */
  CompletableFuture<@Nullable FoundImage> get(ImageId id, Duration maxAge) {
    return cache.get(id, Demand.NO_CACHE, (image, _) -> fetch(image, maxAge));
  }

  private CompletableFuture<ImageSnapshot> fetch(ImageId id, Duration maxAge) {
    return inTime(cluster.look(id, maxAge, () -> ask(id)))
        .exceptionallyCompose(failure -> CompletableFuture.failedFuture(refusedOrFailed(failure)));
  }

  private CompletableFuture<Image> ask(ImageId id) {
    return inTime(upstream.fetch(id)).whenComplete((image, failure) -> note(id, image, failure));
  }

  /** The same, but with an end whatever happens: an image whose look had none would be lost. */
  private <T> CompletableFuture<T> inTime(CompletableFuture<T> fetch) {
    Duration longest = upstream.timeout().plus(GRACE);
    return fetch
        .orTimeout(longest.toNanos(), TimeUnit.NANOSECONDS)
        .exceptionallyCompose(
            failure ->
                CompletableFuture.failedFuture(
                    failure instanceof TimeoutException
                        ? Problem.UPSTREAM_TIMEOUT.retryAfter(
                            SOON, new TimeoutException("no outcome within " + longest))
                        : failure));
  }

  /** Nobody was asked where there is no cause, and nobody is to be asked with a key in trouble. */
  private static Throwable refusedOrFailed(Throwable failure) {
    ProblemException problem = ProblemHandler.problemOf(failure);
    Duration wait = problem.retryAfter();
    boolean isRefused =
        switch (problem.problem()) {
          case UPSTREAM_THROTTLED, UPSTREAM_CREDENTIALS -> true;
          default -> problem.getCause() == null;
        };
    return isRefused && wait != null ? new FetchDeferred(wait, failure) : failure;
  }

  private void note(ImageId id, @Nullable Image image, @Nullable Throwable failure) {
    FoundImage known = cache.find(id);
    if (known == null) {
      return;
    }
    if (image != null) {
      metrics.finished(known, image);
    } else if (failure != null) {
      logWhatNobodyIsTold(
          id, failure instanceof CompletionException ? failure.getCause() : failure);
    }
  }

  /** Callers get the known state, so the failure never comes to the exit. */
  private void logWhatNobodyIsTold(ImageId id, @Nullable Throwable fault) {
    if (!(fault instanceof ProblemException)) {
      log.error("A look at image {} failed", id, fault);
    } else if (fault.getCause() != null && warnings.allows()) {
      log.warn(
          "/images/{} is served stale: {}{}",
          id,
          fault.getCause().getMessage(),
          warnings.suppressed());
    }
  }

  /**
   * The image, by the caller's own deadline.
   *
   * @return fails with a {@link ProblemException} where the image's state cannot be found out
   */
  CompletableFuture<FoundImage> get(ImageId id, Demand demand, ServerTiming timing) {
    CompletableFuture<@Nullable FoundImage> found =
        cache.get(id, demand, (image, maxAge) -> timing.measure(() -> fetch(image, maxAge)));
    // A copy, as a fetch goes on that others share.
    return (found.isDone()
            ? found
            : found.copy().orTimeout(timeout.toNanos(), TimeUnit.NANOSECONDS))
        .handle((image, failure) -> outcome(id, image, failure));
  }

  private FoundImage outcome(ImageId id, @Nullable FoundImage found, @Nullable Throwable failure) {
    if (failure instanceof TimeoutException) {
      FoundImage known = cache.find(id);
      if (known == null) {
        throw tooLate();
      }
      return known;
    }
    if (failure != null) {
      throw ProblemHandler.problemOf(failure);
    }
    if (found == null) {
      throw Problem.NOT_CACHED.exception();
    }
    return found;
  }

  /** For a caller whose deadline comes before anything is known. */
  static ProblemException tooLate() {
    return Problem.UPSTREAM_TIMEOUT.retryAfter(SOON, null);
  }
}
