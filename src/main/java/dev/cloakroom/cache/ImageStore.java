package dev.cloakroom.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.image.ImageSnapshot;
import dev.cloakroom.image.OutputLinks;
import dev.cloakroom.image.Representation;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What is remembered of images, and how each fetch changes it. */
@Component
class ImageStore {

  private final Cache<ImageId, CachedImage> images;
  private final Freshness freshness;
  private final Ticker ticker;
  private final OutputLinks links;

  ImageStore(
      Cache<ImageId, CachedImage> images, Freshness freshness, Ticker ticker, OutputLinks links) {
    this.images = images;
    this.freshness = freshness;
    this.ticker = ticker;
    this.links = links;
  }

  /** Counts as a use of the image. */
  @Nullable CachedImage get(ImageId id) {
    return images.getIfPresent(id);
  }

  /** Counts as none. */
  @Nullable CachedImage peek(ImageId id) {
    return images.policy().getIfPresentQuietly(id);
  }

  void remove(ImageId id) {
    images.invalidate(id);
  }

  CachedImage learn(ImageId id, ImageSnapshot snapshot) {
    return Objects.requireNonNull(images.asMap().compute(id, (_, known) -> after(known, snapshot)));
  }

  /** The same, of an image that is not to be remembered. */
  CachedImage judge(ImageSnapshot snapshot) {
    return after(null, snapshot);
  }

  /**
   * Takes what another replica has learned where it is newer than what is remembered; else null.
   */
  @Nullable CachedImage merge(ImageSnapshot snapshot) {
    ImageId id = snapshot.image().id();
    long seen = ticker.read() - snapshot.age().toNanos();
    CachedImage before = peek(id);
    CachedImage after =
        images
            .asMap()
            .computeIfPresent(
                id,
                (_, known) ->
                    known.learned() >= seen || isTakenBack(known, snapshot.image())
                        ? known
                        : after(known, snapshot));
    return Objects.equals(before, after) ? null : after;
  }

  void failed(ImageId id, Throwable failure) {
    images.asMap().computeIfPresent(id, (_, known) -> afterFailedFetch(known, failure));
  }

  private CachedImage after(@Nullable CachedImage known, ImageSnapshot snapshot) {
    Image image = snapshot.image();
    if (known != null && isTakenBack(known, image)) {
      return afterFailedFetch(known);
    }
    long seen = ticker.read() - snapshot.age().toNanos();
    ImageSnapshot.History history = snapshot.history();
    Representation representation = Representation.of(image, links);
    long firstSeen =
        known == null || isRegisteredNow(known.image(), image) ? seen : known.firstSeen();
    int fetches = known == null ? 1 : known.fetches() + 1;
    if (history == null) {
      Duration fresh = freshness.of(image, Duration.ofNanos(seen - firstSeen));
      return CachedImage.learned(image, representation, firstSeen, fetches, fresh, seen);
    }
    return CachedImage.learned(
        image,
        representation,
        Math.min(firstSeen, seen - history.jobAge().toNanos()),
        Math.max(fetches - 1, history.fetches()),
        freshness.agreed(image, history.freshness()),
        seen);
  }

  /** A finished image stays finished, whatever the vendor says later. */
  private static boolean isTakenBack(CachedImage known, Image image) {
    return known.isReady() && !(image instanceof Image.Ready);
  }

  private static boolean isRegisteredNow(Image before, Image image) {
    return before instanceof Image.Missing && !(image instanceof Image.Missing);
  }

  private CachedImage afterFailedFetch(CachedImage known, Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return cause instanceof FetchDeferred deferred
        ? known.afterDeferredFetch(freshness.deferral(deferred.untilNext()), ticker.read())
        : afterFailedFetch(known);
  }

  private CachedImage afterFailedFetch(CachedImage known) {
    long now = ticker.read();
    Duration backOff = freshness.backOff(known.failures() + 1);
    Duration floor = freshness.noCacheFloor(known.image());
    // While it is fresh, nothing but no-cache causes fetches.
    boolean isTooSoon = known.isFresh(now) && backOff.compareTo(floor) < 0;
    return known.afterFailedFetch(isTooSoon ? floor : backOff, now);
  }
}
