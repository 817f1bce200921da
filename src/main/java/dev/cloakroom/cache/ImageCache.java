package dev.cloakroom.cache;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.cloakroom.cache.FoundImage.Result;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.image.ImageSnapshot;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
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

  /** Where looks go. */
  public interface Source {

    /**
     * Looks at an image.
     *
     * @param maxAge of a state that need not come from the vendor this very time
     * @return completes in bounded time; fails with a {@link FetchDeferred} where the vendor must
     *     not be asked yet
     */
    CompletableFuture<ImageSnapshot> look(ImageId id, Duration maxAge);
  }

  /** Hears what becomes of images; must not block. */
  public interface Listener {

    /** A look has brought a state, or another replica has; told before the look's callers are. */
    default void learned(FoundImage found) {}

    /** An operator wants it forgotten. */
    default void forgotten(ImageId id) {}
  }

  /** A look under way; whoever began it is its leader. */
  private record Look(CompletableFuture<CachedImage> outcome, boolean isLeader) {}

  /** More than anything is remembered for. */
  private static final Duration ANY_AGE = Duration.ofDays(365);

  private final ImageStore images;
  private final ConcurrentHashMap<ImageId, CompletableFuture<CachedImage>> looks =
      new ConcurrentHashMap<>();
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private final Freshness freshness;
  private final Ticker ticker;

  ImageCache(ImageStore images, Freshness freshness, Ticker ticker) {
    this.images = images;
    this.freshness = freshness;
    this.ticker = ticker;
  }

  /** Tells the listener from now on. */
  public void tell(Listener listener) {
    listeners.add(listener);
  }

  /** The image if it is remembered, fresh or stale; asks nobody. */
  public @Nullable FoundImage find(ImageId id) {
    CachedImage known = images.peek(id);
    return known == null ? null : asItStands(known, ticker.read());
  }

  /** The image if it is remembered, final and fresh; counts as a use of it only then. */
  public @Nullable FoundImage findHit(ImageId id) {
    CachedImage known = images.peek(id);
    long now = ticker.read();
    if (known == null || !known.image().isFinal() || !known.isFresh(now)) {
      return null;
    }
    CachedImage used = images.get(id);
    return used == null ? null : asItStands(used, now);
  }

  /** The time for which a state may still be served, fresh or stale. */
  public Duration timeLeft(FoundImage found) {
    return found.timeToLive().plus(freshness.staleFor(found.image()));
  }

  /** Takes what another replica has learned, where the image is remembered here, too. */
  public void learn(ImageSnapshot sighting) {
    CachedImage learned = images.heed(sighting);
    if (learned != null) {
      tellLearned(learned);
    }
  }

  /** Forgets the image, and has the listeners know. */
  void forget(ImageId id) {
    drop(id);
    listeners.forEach(listener -> listener.forgotten(id));
  }

  /** Forgets the image, finished or not, and what a look that is under way will bring. */
  public void drop(ImageId id) {
    looks.remove(id);
    images.forget(id);
  }

  /**
   * The image as it is remembered, or else as a look brings it.
   *
   * @return fails as the look does where nothing is remembered; null where nothing is and the
   *     caller wants no look
   */
  public CompletableFuture<@Nullable FoundImage> get(ImageId id, Demand demand, Source source) {
    long now = ticker.read();
    CachedImage known = images.get(id);
    if (demand == Demand.ONLY_IF_CACHED) {
      return CompletableFuture.completedFuture(known == null ? null : asItStands(known, now));
    }
    if (known == null) {
      return lookAt(id, null, Result.MISS, () -> source.look(id, ANY_AGE));
    }
    if (demand == Demand.NO_CACHE && isLookDue(known, now)) {
      Duration floor = freshness.noCacheFloor(known.image());
      return lookAtKnown(id, known, Result.REQUESTED, () -> source.look(id, floor));
    }
    if (demand == Demand.ANY && !known.isFresh(now) && known.isLookOverdue(now)) {
      Supplier<CompletableFuture<ImageSnapshot>> newer =
          () -> source.look(id, known.age(now).minusMillis(1));
      if (!known.image().isFinal()) {
        // Whoever comes back when told to wants to know, not to be told to come back again.
        return lookAtKnown(id, known, Result.EXPIRED, newer);
      }
      join(id, known, newer);
    }
    return CompletableFuture.completedFuture(asItStands(known, now));
  }

  private boolean isLookDue(CachedImage known, long now) {
    return known.failures() == 0
        ? known.age(now).compareTo(freshness.noCacheFloor(known.image())) >= 0
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
      Supplier<CompletableFuture<ImageSnapshot>> source) {
    return lookAt(id, known, result, source)
        .exceptionallyCompose(
            failure -> {
              CachedImage still = images.peek(id);
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
      Supplier<CompletableFuture<ImageSnapshot>> source) {
    Look look = join(id, known, source);
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
      ImageId id, @Nullable CachedImage known, Supplier<CompletableFuture<ImageSnapshot>> source) {
    var mine = new CompletableFuture<CachedImage>();
    CompletableFuture<CachedImage> others = looks.putIfAbsent(id, mine);
    if (others != null) {
      return new Look(others, false);
    }
    CachedImage newer = images.peek(id);
    if (newer != null && !newer.equals(known)) {
      // Another look ended after this caller had read the cache and before it began its own.
      looks.remove(id, mine);
      mine.complete(newer);
      return new Look(mine, false);
    }
    var _ = begin(source).whenComplete((seen, failure) -> end(id, mine, seen, failure));
    return new Look(mine, true);
  }

  private static CompletableFuture<ImageSnapshot> begin(
      Supplier<CompletableFuture<ImageSnapshot>> source) {
    try {
      return source.get();
    } catch (Throwable fault) {
      return CompletableFuture.failedFuture(fault);
    }
  }

  /** Remembered before, told last: whoever comes between finds the look or its outcome. */
  private void end(
      ImageId id,
      CompletableFuture<CachedImage> look,
      @Nullable ImageSnapshot seen,
      @Nullable Throwable failure) {
    try {
      if (failure == null) {
        CachedImage learned = remember(id, look, Objects.requireNonNull(seen));
        looks.remove(id, look);
        tellLearned(learned);
        look.complete(learned);
      } else {
        images.failed(id, failure);
        looks.remove(id, look);
        look.completeExceptionally(failure);
      }
    } catch (Throwable fault) {
      // An Error, too: else the image's look would never be over.
      looks.remove(id, look);
      look.completeExceptionally(fault);
    }
  }

  @SuppressWarnings("ReferenceEquality") // this very look
  private CachedImage remember(
      ImageId id, CompletableFuture<CachedImage> look, ImageSnapshot seen) {
    boolean isForgotten = looks.get(id) != look;
    return isForgotten ? images.judge(seen) : images.learn(id, seen);
  }

  private void tellLearned(CachedImage learned) {
    FoundImage found = asItStands(learned, ticker.read());
    listeners.forEach(listener -> listener.learned(found));
  }
}
