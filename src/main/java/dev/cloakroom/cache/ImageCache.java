package dev.cloakroom.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.cloakroom.cache.FoundImage.Result;
import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.stereotype.Component;

/**
 * Keeps images for as long as their state allows, and makes one look at each however many ask.
 *
 * <p>Past its freshness a state is served while one look runs behind, and when looks fail, until
 * its stale window is over. Whoever gives up waiting ends nobody's look.
 */
@Component
public class ImageCache {

  private static final Logger log = LoggerFactory.getLogger(ImageCache.class);

  /** What a caller asks of the cache (RFC 9111, 5.2.1). */
  public enum Demand {
    /** Whatever may be served. */
    ANY,
    /** A fresh look, though not more often than the floor. */
    NO_CACHE,
    /** No look at all. */
    ONLY_IF_CACHED
  }

  /** A look at the vendor; whoever began it is its leader. */
  private record Look(CompletableFuture<CachedImage> outcome, boolean isLeader) {}

  private final Cache<ImageId, CachedImage> images;
  private final ConcurrentHashMap<ImageId, CompletableFuture<CachedImage>> looks =
      new ConcurrentHashMap<>();
  private final Freshness freshness;
  private final Duration floor;
  private final Ticker ticker;

  ImageCache(
      Cache<ImageId, CachedImage> images,
      Freshness freshness,
      ImageCacheProperties settings,
      Ticker ticker) {
    this.images = images;
    this.freshness = freshness;
    this.floor = settings.noCacheFloor();
    this.ticker = ticker;
  }

  /** The image if it is remembered, fresh or stale; asks nobody. */
  public @Nullable FoundImage find(ImageId id) {
    CachedImage known = images.getIfPresent(id);
    return known == null ? null : asItStands(known, ticker.read());
  }

  /** Forgets the image, finished or not. */
  void forget(ImageId id) {
    images.invalidate(id);
  }

  /**
   * The image as it is remembered, or else as {@code load} brings it.
   *
   * @param load asks the vendor; must complete in bounded time
   * @return fails as {@code load} does where nothing is remembered; null where nothing is and the
   *     caller wants no look
   */
  public CompletableFuture<@Nullable FoundImage> get(
      ImageId id, Demand demand, Function<ImageId, CompletableFuture<Image>> load) {
    long now = ticker.read();
    CachedImage known = images.getIfPresent(id);
    if (demand == Demand.ONLY_IF_CACHED) {
      return CompletableFuture.completedFuture(known == null ? null : asItStands(known, now));
    }
    if (known == null) {
      return lookAt(id, null, Result.MISS, load);
    }
    boolean isStale = !known.isFresh(now) && now - known.nextLook() >= 0;
    if (demand == Demand.NO_CACHE && isLookDue(known, now)) {
      return lookAtKnown(id, known, Result.REQUESTED, load);
    }
    // Callers give up at a 404: it had better be true.
    if (demand == Demand.ANY && isStale && known.image() instanceof Image.Missing) {
      return lookAtKnown(id, known, Result.EXPIRED, load);
    }
    if (demand == Demand.ANY && isStale) {
      var _ = join(id, known, load).outcome().whenComplete((_, failure) -> log(id, failure));
    }
    return CompletableFuture.completedFuture(asItStands(known, now));
  }

  private boolean isLookDue(CachedImage known, long now) {
    return known.failures() == 0
        ? now - known.learned() >= floor.toNanos()
        : now - known.nextLook() >= 0;
  }

  private static FoundImage asItStands(CachedImage known, long now) {
    if (known.isFresh(now)) {
      return FoundImage.of(known, Result.HIT, now);
    }
    return FoundImage.of(known, known.failures() == 0 ? Result.STALE : Result.STALE_IF_ERROR, now);
  }

  private CompletableFuture<@Nullable FoundImage> lookAtKnown(
      ImageId id,
      CachedImage known,
      Result result,
      Function<ImageId, CompletableFuture<Image>> load) {
    return lookAt(id, known, result, load)
        .exceptionally(_ -> FoundImage.of(known, Result.STALE_IF_ERROR, ticker.read()));
  }

  private CompletableFuture<@Nullable FoundImage> lookAt(
      ImageId id,
      @Nullable CachedImage known,
      Result result,
      Function<ImageId, CompletableFuture<Image>> load) {
    Look look = join(id, known, load);
    return look.outcome()
        .thenApply(
            learned ->
                FoundImage.of(learned, look.isLeader() ? result : Result.COLLAPSED, ticker.read()));
  }

  private Look join(
      ImageId id, @Nullable CachedImage known, Function<ImageId, CompletableFuture<Image>> load) {
    var mine = new CompletableFuture<CachedImage>();
    CompletableFuture<CachedImage> others = looks.putIfAbsent(id, mine);
    if (others != null) {
      return new Look(others, false);
    }
    CachedImage newer = images.getIfPresent(id);
    if (newer != null && !newer.equals(known)) {
      // Another look ended after this caller had read the cache and before it began its own.
      looks.remove(id);
      mine.complete(newer);
      return new Look(mine, false);
    }
    var _ =
        load.apply(id)
            .thenApply(image -> remember(id, image))
            .whenComplete((learned, failure) -> end(id, mine, learned, failure));
    return new Look(mine, true);
  }

  private CachedImage remember(ImageId id, Image image) {
    return Objects.requireNonNull(images.asMap().compute(id, (_, known) -> learn(known, image)));
  }

  /** Remembered before, told last: whoever comes between finds the look or its outcome. */
  private void end(
      ImageId id,
      CompletableFuture<CachedImage> look,
      @Nullable CachedImage learned,
      @Nullable Throwable failure) {
    if (failure != null) {
      images.asMap().computeIfPresent(id, (_, known) -> afterFailedLook(known));
    }
    looks.remove(id);
    if (learned != null) {
      look.complete(learned);
    } else {
      look.completeExceptionally(
          failure == null ? new IllegalStateException("a look without outcome") : failure);
    }
  }

  /** A finished image stays finished, whatever the vendor says later. */
  private CachedImage learn(@Nullable CachedImage known, Image image) {
    if (known != null && known.isReady() && !(image instanceof Image.Ready)) {
      return afterFailedLook(known);
    }
    long now = ticker.read();
    long firstSeen =
        known == null || known.image() instanceof Image.Missing ? now : known.firstSeen();
    Duration fresh = freshness.of(image, Duration.ofNanos(now - firstSeen));
    return CachedImage.learned(image, firstSeen, fresh, now);
  }

  private CachedImage afterFailedLook(CachedImage known) {
    return known.afterFailedLook(freshness.backOff(known.failures() + 1), ticker.read());
  }

  private static void log(ImageId id, @Nullable Throwable failure) {
    if (failure != null) {
      log.warn("{} is served stale: {}", id, NestedExceptionUtils.getMostSpecificCause(failure));
    }
  }
}
