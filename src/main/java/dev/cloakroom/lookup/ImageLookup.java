package dev.cloakroom.lookup;

import dev.cloakroom.cache.CachedImage;
import dev.cloakroom.cache.ImageCache;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.upstream.UpstreamClient;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.springframework.stereotype.Component;

/** Finds images: in the cache, or else at the vendor. */
@Component
class ImageLookup {

  private static final Duration SOON = Duration.ofSeconds(5);

  private final ImageCache cache;
  private final UpstreamClient upstream;
  private final Duration timeout;

  ImageLookup(ImageCache cache, UpstreamClient upstream, ImageLookupProperties settings) {
    this.cache = cache;
    this.upstream = upstream;
    this.timeout = settings.timeout();
  }

  CompletableFuture<CachedImage> find(ImageId id) {
    return cache.get(id, upstream::fetch);
  }

  /**
   * The image, by the caller's own deadline; the calling thread should be a virtual one.
   *
   * @throws ProblemException where the image's state cannot be found out
   */
  CachedImage await(ImageId id) throws InterruptedException {
    try {
      return find(id).get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException _) {
      throw Problem.UPSTREAM_TIMEOUT.retryAfter(SOON, null);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof ProblemException problem
          ? problem
          : Problem.INTERNAL_ERROR.because(e);
    }
  }
}
