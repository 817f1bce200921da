package dev.cloakroom.lookup;

import dev.cloakroom.cache.CacheMode;
import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.cache.ImageCache;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.image.Requester;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.problem.RetryAfter;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Finds images by way of the cache, and within the caller's own deadline. */
@Component
public class ImageLookup {

  private final ImageCache cache;
  private final NewImageLimit limit;
  private final Duration timeout;

  ImageLookup(ImageCache cache, NewImageLimit limit, ImageLookupProperties settings) {
    this.cache = cache;
    this.limit = limit;
    this.timeout = settings.timeout();
  }

  /** The image if it is stored, fresh or stale; makes no fetch. */
  public @Nullable FoundImage find(ImageId id) {
    return cache.find(id);
  }

  /**
   * The image, within {@code cloakroom.lookup.timeout}.
   *
   * @return fails with a {@link ProblemException} where the image's state cannot be found out
   */
  public CompletableFuture<FoundImage> get(ImageId id, CacheMode mode) {
    Requester requester = Requester.current();
    CompletableFuture<@Nullable FoundImage> found =
        cache
            .get(id, mode)
            .exceptionallyCompose(
                failure ->
                    isRefusedToAnother(failure, requester)
                        ? requester.call(() -> cache.get(id, mode))
                        : CompletableFuture.failedFuture(failure));
    // A copy, as a fetch goes on that others share.
    return TimeLimit.set(found.copy(), timeout, TimeoutException::new)
        .handle((image, failure) -> outcome(id, image, failure));
  }

  /** Whether the fetch was another client's, which may have no more of them. */
  private boolean isRefusedToAnother(Throwable failure, Requester requester) {
    return ProblemException.of(failure).problem() == Problem.TOO_MANY_REQUESTS
        && !limit.isUsedUp(requester.client());
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
      throw ProblemException.of(failure);
    }
    if (found == null) {
      throw Problem.NOT_CACHED.exception();
    }
    return found;
  }

  /** For a caller whose deadline comes before anything is known. */
  public static ProblemException tooLate() {
    return Problem.UPSTREAM_TIMEOUT.retryAfter(RetryAfter.DEFAULT, null);
  }
}
