package dev.cloakroom.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.image.ImageSnapshot;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What is remembered of images, and how each look changes it. */
@Component
class ImageStore {

  private final Cache<ImageId, CachedImage> images;
  private final Freshness freshness;
  private final Ticker ticker;

  ImageStore(Cache<ImageId, CachedImage> images, Freshness freshness, Ticker ticker) {
    this.images = images;
    this.freshness = freshness;
    this.ticker = ticker;
  }

  /** Counts as a use of the image. */
  @Nullable CachedImage get(ImageId id) {
    return images.getIfPresent(id);
  }

  /** Counts as none. */
  @Nullable CachedImage peek(ImageId id) {
    return images.policy().getIfPresentQuietly(id);
  }

  void forget(ImageId id) {
    images.invalidate(id);
  }

  CachedImage learn(ImageId id, ImageSnapshot sighting) {
    return Objects.requireNonNull(images.asMap().compute(id, (_, known) -> after(known, sighting)));
  }

  /** The same, of an image that is not to be remembered. */
  CachedImage judge(ImageSnapshot sighting) {
    return after(null, sighting);
  }

  /**
   * Takes what another replica tells, where it is newer than what is remembered; null elsewhere.
   */
  @Nullable CachedImage heed(ImageSnapshot sighting) {
    ImageId id = sighting.image().id();
    long seen = ticker.read() - sighting.age().toNanos();
    CachedImage before = peek(id);
    CachedImage after =
        images
            .asMap()
            .computeIfPresent(
                id,
                (_, known) ->
                    known.learned() >= seen || isTakenBack(known, sighting.image())
                        ? known
                        : after(known, sighting));
    return Objects.equals(before, after) ? null : after;
  }

  void failed(ImageId id, Throwable failure) {
    images.asMap().computeIfPresent(id, (_, known) -> afterFailedLook(known, failure));
  }

  private CachedImage after(@Nullable CachedImage known, ImageSnapshot sighting) {
    Image image = sighting.image();
    if (known != null && isTakenBack(known, image)) {
      return afterFailedLook(known);
    }
    long seen = ticker.read() - sighting.age().toNanos();
    ImageSnapshot.History history = sighting.history();
    long firstSeen =
        known == null || isRegisteredNow(known.image(), image) ? seen : known.firstSeen();
    int looks = known == null ? 1 : known.looks() + 1;
    if (history == null) {
      Duration fresh = freshness.of(image, Duration.ofNanos(seen - firstSeen));
      return CachedImage.learned(image, firstSeen, looks, fresh, seen);
    }
    return CachedImage.learned(
        image,
        Math.min(firstSeen, seen - history.jobAge().toNanos()),
        Math.max(looks - 1, history.looks()),
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

  private CachedImage afterFailedLook(CachedImage known, Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return cause instanceof FetchDeferred refused
        ? known.afterRefusedLook(freshness.refusal(refused.untilNext()), ticker.read())
        : afterFailedLook(known);
  }

  private CachedImage afterFailedLook(CachedImage known) {
    long now = ticker.read();
    Duration backOff = freshness.backOff(known.failures() + 1);
    Duration floor = freshness.noCacheFloor(known.image());
    // While it is fresh, nothing but no-cache causes looks.
    boolean isTooSoon = known.isFresh(now) && backOff.compareTo(floor) < 0;
    return known.afterFailedLook(isTooSoon ? floor : backOff, now);
  }
}
