package dev.cloakroom.cache;

import dev.cloakroom.image.Image;
import dev.cloakroom.image.Representation;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of an image. Times are readings of the cache's ticker, in nanoseconds.
 *
 * @param representation none for a missing image
 * @param firstSeen when its job was first heard of
 * @param learned when the vendor said so
 * @param freshness time from then on for which it is served without asking
 * @param failures looks in a row that have failed since
 * @param nextLook when the vendor may be asked again
 */
record CachedImage(
    Image image,
    @Nullable Representation representation,
    long firstSeen,
    long learned,
    Duration freshness,
    int failures,
    long nextLook) {

  /** Objects, references and the id, roughly. */
  private static final int OVERHEAD = 400;

  /** A state that the vendor has just told. */
  static CachedImage learned(Image image, long firstSeen, Duration freshness, long now) {
    return new CachedImage(
        image, Representation.of(image), firstSeen, now, freshness, 0, now + freshness.toNanos());
  }

  /** The same, after one more look that told nothing. */
  CachedImage afterFailedLook(Duration backOff, long now) {
    return new CachedImage(
        image,
        representation,
        firstSeen,
        learned,
        freshness,
        failures + 1,
        now + backOff.toNanos());
  }

  Duration age(long now) {
    return Duration.ofNanos(now - learned);
  }

  boolean isFresh(long now) {
    return now - learned < freshness.toNanos();
  }

  boolean isReady() {
    return image instanceof Image.Ready;
  }

  /** Bytes of memory; the URLs of a ready image are there twice. */
  int weight() {
    return OVERHEAD + (representation == null ? 0 : 2 * representation.json().length);
  }
}
