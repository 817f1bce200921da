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
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Keeps images for as long as their state allows; concurrent requests for one share a fetch.
 *
 * <p>Past its freshness a final state is served while one fetch runs behind, and any state when
 * fetches fail, until its stale window is over. A caller who gives up ends no fetch.
 */
@Component
public class ImageCache {

  /** The origin of images. */
  public interface Source {

    /**
     * Fetches an image.
     *
     * @param maxAge of a state that need not come from the vendor this very time
     * @param known what is stored of the image
     * @return completes in bounded time; fails with {@link FetchDeferred} where no fetch may be
     *     made yet
     */
    CompletableFuture<ImageSnapshot> fetch(ImageId id, Duration maxAge, @Nullable FoundImage known);
  }

  /** Is notified of what becomes of images; must not block. */
  public interface Listener {

    /** A fetch has brought a state, here or at another replica; called before it completes. */
    default void learned(FoundImage found) {}

    /** It was removed from this replica, as an operator has purged it here or at another. */
    default void evicted(ImageId id) {}

    /** An operator has purged it here. */
    default void purged(ImageId id) {}
  }

  /**
   * A fetch under way.
   *
   * @param isLeader whether this caller began it
   * @param start when, by {@link System#nanoTime}
   */
  private record Fetch(CompletableFuture<CachedImage> outcome, boolean isLeader, long start) {}

  /** More than anything is stored for. */
  private static final Duration ANY_AGE = Duration.ofDays(365);

  private final ImageStore images;
  private final ConcurrentHashMap<ImageId, CompletableFuture<CachedImage>> fetches =
      new ConcurrentHashMap<>();
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private final Freshness freshness;
  private final Ticker ticker;
  private final Source source;

  ImageCache(ImageStore images, Freshness freshness, Ticker ticker, Source source) {
    this.images = images;
    this.freshness = freshness;
    this.ticker = ticker;
    this.source = source;
  }

  /** Notifies the listener from now on. */
  public void addListener(Listener listener) {
    listeners.add(listener);
  }

  /** The image if it is stored, fresh or stale; makes no fetch. */
  public @Nullable FoundImage find(ImageId id) {
    CachedImage known = images.peek(id);
    return known == null ? null : asStored(known, ticker.read());
  }

  /** The image if it is stored, final and fresh; counts as a use of it only then. */
  public @Nullable FoundImage findHit(ImageId id) {
    CachedImage known = images.peek(id);
    long now = ticker.read();
    if (known == null || !known.image().isFinal() || !known.isFresh(now)) {
      return null;
    }
    CachedImage used = images.get(id);
    return used == null ? null : asStored(used, now);
  }

  /** The time for which a state may still be served, fresh or stale. */
  public Duration timeLeft(FoundImage found) {
    return found.timeToLive().plus(freshness.staleFor(found.image()));
  }

  /** Takes what another replica has learned, where the image is stored here, too. */
  public void learn(ImageSnapshot snapshot) {
    CachedImage learned = images.merge(snapshot);
    if (learned != null) {
      notifyLearned(learned);
    }
  }

  /** Removes the image, and notifies the listeners. */
  void purge(ImageId id) {
    evict(id);
    listeners.forEach(listener -> listener.purged(id));
  }

  /** Removes the image here, finished or not, and ignores what a fetch under way will bring. */
  public void evict(ImageId id) {
    fetches.remove(id);
    images.remove(id);
    listeners.forEach(listener -> listener.evicted(id));
  }

  /**
   * The image as it is stored, or else as a fetch brings it.
   *
   * @return fails as the fetch does where nothing is stored; null where nothing is stored and the
   *     mode allows no fetch
   */
  public CompletableFuture<@Nullable FoundImage> get(ImageId id, CacheMode mode) {
    long now = ticker.read();
    CachedImage known = images.get(id);
    if (mode.kind() == CacheMode.Kind.ONLY_IF_CACHED) {
      return CompletableFuture.completedFuture(known == null ? null : asStored(known, now));
    }
    if (known == null) {
      return fetch(id, null, Result.MISS, mode.maxAgeOr(ANY_AGE));
    }
    if (mode.kind() == CacheMode.Kind.NO_CACHE && isNoCacheFetchDue(known, now)) {
      return fetchKnown(id, known, Result.REQUESTED, mode.maxAgeOr(floorOf(known)));
    }
    if (mode.kind() == CacheMode.Kind.DEFAULT && !known.isFresh(now) && known.isFetchDue(now)) {
      Duration newer = known.age(now).minusMillis(1);
      if (!known.image().isFinal()) {
        // A caller who returns when Retry-After said wants the state, not another Retry-After.
        return fetchKnown(id, known, Result.EXPIRED, newer);
      }
      join(id, known, newer);
    }
    return CompletableFuture.completedFuture(asStored(known, now));
  }

  private boolean isNoCacheFetchDue(CachedImage known, long now) {
    return known.failures() == 0
        ? known.age(now).compareTo(floorOf(known)) >= 0
        : known.isFetchDue(now);
  }

  private Duration floorOf(CachedImage known) {
    return freshness.noCacheFloor(known.image());
  }

  private static FoundImage asStored(CachedImage known, long now) {
    if (known.isFresh(now)) {
      return FoundImage.of(known, Result.HIT, now);
    }
    return FoundImage.of(known, known.failures() == 0 ? Result.STALE : Result.STALE_IF_ERROR, now);
  }

  /** Where the fetch fails, what is still stored. */
  private CompletableFuture<@Nullable FoundImage> fetchKnown(
      ImageId id, CachedImage known, Result result, Duration maxAge) {
    return fetch(id, known, result, maxAge)
        .exceptionallyCompose(
            failure -> {
              CachedImage still = images.peek(id);
              return still == null
                  ? CompletableFuture.failedFuture(failure)
                  : CompletableFuture.completedFuture(
                      FoundImage.of(still, Result.STALE_IF_ERROR, ticker.read()));
            });
  }

  private CompletableFuture<@Nullable FoundImage> fetch(
      ImageId id, @Nullable CachedImage known, Result result, Duration maxAge) {
    Fetch fetch = join(id, known, maxAge);
    return fetch.outcome().thenApply(learned -> brought(learned, result, fetch));
  }

  private FoundImage brought(CachedImage learned, Result result, Fetch fetch) {
    long now = ticker.read();
    if (learned.failures() > 0) {
      return asStored(learned, now);
    }
    FoundImage found = FoundImage.of(learned, result, now);
    return fetch.isLeader()
        ? found.fetchedIn(Duration.ofNanos(System.nanoTime() - fetch.start()))
        : found.collapsed();
  }

  /** The fetch that is under way, or a new one. */
  private Fetch join(ImageId id, @Nullable CachedImage known, Duration maxAge) {
    var mine = new CompletableFuture<CachedImage>();
    CompletableFuture<CachedImage> others = fetches.putIfAbsent(id, mine);
    if (others != null) {
      return new Fetch(others, false, 0);
    }
    CachedImage newer = images.peek(id);
    if (newer != null && !newer.equals(known)) {
      // Another fetch ended after this caller had read the cache and before it began its own.
      fetches.remove(id, mine);
      mine.complete(newer);
      return new Fetch(mine, false, 0);
    }
    long start = System.nanoTime();
    var _ = begin(id, known, maxAge).whenComplete((seen, failure) -> end(id, mine, seen, failure));
    return new Fetch(mine, true, start);
  }

  private CompletableFuture<ImageSnapshot> begin(
      ImageId id, @Nullable CachedImage known, Duration maxAge) {
    try {
      FoundImage found = known == null ? null : asStored(known, ticker.read());
      return source.fetch(id, maxAge, found);
    } catch (Throwable fault) {
      return CompletableFuture.failedFuture(fault);
    }
  }

  /** Stored first, completed last: a caller in between finds the fetch or its outcome. */
  private void end(
      ImageId id,
      CompletableFuture<CachedImage> fetch,
      @Nullable ImageSnapshot seen,
      @Nullable Throwable failure) {
    try {
      if (failure == null) {
        CachedImage learned = store(id, fetch, Objects.requireNonNull(seen));
        fetches.remove(id, fetch);
        notifyLearned(learned);
        fetch.complete(learned);
      } else {
        images.failed(id, failure);
        fetches.remove(id, fetch);
        fetch.completeExceptionally(failure);
      }
    } catch (Throwable fault) {
      // An Error, too: else the image's fetch would never be over.
      fetches.remove(id, fetch);
      fetch.completeExceptionally(fault);
    }
  }

  @SuppressWarnings("ReferenceEquality") // this very fetch
  private CachedImage store(ImageId id, CompletableFuture<CachedImage> fetch, ImageSnapshot seen) {
    boolean isPurged = fetches.get(id) != fetch;
    return isPurged ? images.judge(seen) : images.learn(id, seen);
  }

  private void notifyLearned(CachedImage learned) {
    FoundImage found = asStored(learned, ticker.read());
    listeners.forEach(listener -> listener.learned(found));
  }
}
