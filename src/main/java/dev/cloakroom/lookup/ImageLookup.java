package dev.cloakroom.lookup;

import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.cache.ImageCache;
import dev.cloakroom.cache.ImageCache.Demand;
import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.upstream.UpstreamClient;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
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

  private final ImageCache cache;
  private final UpstreamClient upstream;
  private final Duration timeout;

  ImageLookup(ImageCache cache, UpstreamClient upstream, ImageLookupProperties settings) {
    this.cache = cache;
    this.upstream = upstream;
    this.timeout = settings.timeout();
  }

  CompletableFuture<@Nullable FoundImage> get(ImageId id, Demand demand) {
    return cache.get(id, demand, this::fetch);
  }

  private CompletableFuture<Image> fetch(ImageId id) {
    return upstream.fetch(id).whenComplete((_, failure) -> logIfNobodyIsTold(id, failure));
  }

  /** Callers get the known state, so the failure never comes to the exit. */
  private void logIfNobodyIsTold(ImageId id, @Nullable Throwable failure) {
    if (failure == null || cache.find(id) == null) {
      return;
    }
    Throwable fault = failure instanceof CompletionException ? failure.getCause() : failure;
    if (!(fault instanceof ProblemException)) {
      log.error("A look at image {} failed", id, fault);
    } else if (fault.getCause() != null) {
      log.warn("/images/{} is served stale: {}", id, fault.getCause().getMessage());
    }
  }

  /**
   * The image, by the caller's own deadline; the calling thread should be a virtual one.
   *
   * @throws ProblemException where the image's state cannot be found out
   */
  FoundImage await(ImageId id, Demand demand) throws InterruptedException {
    FoundImage found = null;
    try {
      found = get(id, demand).get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException _) {
      found = cache.find(id);
      if (found == null) {
        throw Problem.UPSTREAM_TIMEOUT.retryAfter(SOON, null);
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof ProblemException problem
          ? problem
          : Problem.INTERNAL_ERROR.because(e);
    }
    if (found == null) {
      throw Problem.NOT_CACHED.exception();
    }
    return found;
  }
}
