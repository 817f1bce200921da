package dev.cloakroom.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.cloakroom.cache.FoundImage.Result;
import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Keeps images for as long as their state allows, and makes one look at each however many ask.
 *
 * <p>Past its freshness a final state is served while one look runs behind, and any state when
 * looks fail, until its stale window is over. Whoever gives up waiting ends nobody's look.
 */
@Component
public class ImageCache {

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
    CachedImage known = peek(id);
    return known == null ? null : asItStands(known, ticker.read());
  }

  /** The image if it is remembered, final and fresh; counts as a use of it only then. */
  public @Nullable FoundImage findHit(ImageId id) {
    CachedImage known = peek(id);
    long now = ticker.read();
    if (known == null || !known.image().isFinal() || !known.isFresh(now)) {
      return null;
    }
    CachedImage used = images.getIfPresent(id);
    return used == null ? null : asItStands(used, now);
  }

  /** Forgets the image, finished or not, and what a look that is under way will bring. */
  void forget(ImageId id) {
    looks.remove(id);
    images.invalidate(id);
  }

  /**
   * The image as it is remembered, or else as {@code load} brings it.
   *
   * @param load asks the vendor; must complete in bounded time, and fail with a {@link RefusedLook}
   *     where the vendor must not be asked yet
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
    if (demand == Demand.NO_CACHE && isLookDue(known, now)) {
      return lookAtKnown(id, known, Result.REQUESTED, load);
    }
    if (demand == Demand.ANY && !known.isFresh(now) && known.isLookOverdue(now)) {
      if (!known.image().isFinal()) {
        // Whoever comes back when told to wants to know, not to be told to come back again.
        return lookAtKnown(id, known, Result.EXPIRED, load);
      }
      join(id, known, load);
    }
    return CompletableFuture.completedFuture(asItStands(known, now));
  }

  private @Nullable CachedImage peek(ImageId id) {
    return images.policy().getIfPresentQuietly(id);
  }

  private boolean isLookDue(CachedImage known, long now) {
    return known.failures() == 0
        ? now - known.learned() >= floor.toNanos()
        : known.isLookOverdue(now);
  }

  private static FoundImage asItStands(CachedImage known, long now) {
    if (known.isFresh(now)) {
      return FoundImage.of(known, Result.HIT, now);
    }
    return FoundImage.of(known, known.failures() == 0 ? Result.STALE : Result.STALE_IF_ERROR, now);
  }

  /** Where the look fails, what is still remembered. */
  private CompletableFuture<@Nullable FoundImage> lookAtKnown(
      ImageId id,
      CachedImage known,
      Result result,
      Function<ImageId, CompletableFuture<Image>> load) {
    return lookAt(id, known, result, load)
        .exceptionallyCompose(
            failure -> {
              CachedImage still = peek(id);
              return still == null
                  ? CompletableFuture.failedFuture(failure)
                  : CompletableFuture.completedFuture(
                      FoundImage.of(still, Result.STALE_IF_ERROR, ticker.read()));
            });
  }

  private CompletableFuture<@Nullable FoundImage> lookAt(
      ImageId id,
      @Nullable CachedImage known,
      Result result,
      Function<ImageId, CompletableFuture<Image>> load) {
    Look look = join(id, known, load);
    return look.outcome().thenApply(learned -> brought(learned, result, look.isLeader()));
  }

  private FoundImage brought(CachedImage learned, Result result, boolean isLeader) {
    long now = ticker.read();
    if (learned.failures() > 0) {
      return asItStands(learned, now);
    }
    FoundImage found = FoundImage.of(learned, result, now);
    return isLeader ? found : found.collapsed();
  }

  /** The look that is under way, or a new one. */
  private Look join(
      ImageId id, @Nullable CachedImage known, Function<ImageId, CompletableFuture<Image>> load) {
    var mine = new CompletableFuture<CachedImage>();
    CompletableFuture<CachedImage> others = looks.putIfAbsent(id, mine);
    if (others != null) {
      return new Look(others, false);
    }
    CachedImage newer = peek(id);
    if (newer != null && !newer.equals(known)) {
      // Another look ended after this caller had read the cache and before it began its own.
      looks.remove(id, mine);
      mine.complete(newer);
      return new Look(mine, false);
    }
    var _ = begin(id, load).whenComplete((image, failure) -> end(id, mine, image, failure));
    return new Look(mine, true);
  }

  private static CompletableFuture<Image> begin(
      ImageId id, Function<ImageId, CompletableFuture<Image>> load) {
    try {
      return load.apply(id);
    } catch (RuntimeException fault) {
      return CompletableFuture.failedFuture(fault);
    }
  }

  /** Remembered before, told last: whoever comes between finds the look or its outcome. */
  private void end(
      ImageId id,
      CompletableFuture<CachedImage> look,
      @Nullable Image image,
      @Nullable Throwable failure) {
    try {
      if (failure == null) {
        CachedImage learned = remember(id, look, Objects.requireNonNull(image));
        looks.remove(id, look);
        look.complete(learned);
      } else {
        images.asMap().computeIfPresent(id, (_, known) -> afterFailedLook(known, failure));
        looks.remove(id, look);
        look.completeExceptionally(failure);
      }
    } catch (RuntimeException fault) {
      looks.remove(id, look);
      look.completeExceptionally(fault);
    }
  }

  @SuppressWarnings("ReferenceEquality") // this very look
  private CachedImage remember(ImageId id, CompletableFuture<CachedImage> look, Image image) {
    boolean isForgotten = looks.get(id) != look;
    return isForgotten
        ? learn(null, image)
        : Objects.requireNonNull(images.asMap().compute(id, (_, known) -> learn(known, image)));
  }

  /** A finished image stays finished, whatever the vendor says later. */
  private CachedImage learn(@Nullable CachedImage known, Image image) {
    if (known != null && known.isReady() && !(image instanceof Image.Ready)) {
      return afterFailedLook(known);
    }
    long now = ticker.read();
    long firstSeen =
        known == null || isRegisteredNow(known.image(), image) ? now : known.firstSeen();
    int looks = known == null ? 1 : known.looks() + 1;
    Duration fresh = freshness.of(image, Duration.ofNanos(now - firstSeen));
    return CachedImage.learned(image, firstSeen, looks, fresh, now);
  }

  private static boolean isRegisteredNow(Image before, Image image) {
    return before instanceof Image.Missing && !(image instanceof Image.Missing);
  }

  private CachedImage afterFailedLook(CachedImage known, Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return cause instanceof RefusedLook refused
        ? known.afterRefusedLook(freshness.refusal(refused.untilNext()), ticker.read())
        : afterFailedLook(known);
  }

  private CachedImage afterFailedLook(CachedImage known) {
    return known.afterFailedLook(freshness.backOff(known.failures() + 1), ticker.read());
  }
}
