package dev.cloakroom.cache;

import dev.cloakroom.image.Image;
import dev.cloakroom.image.Representation;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of an image. Times are readings of the cache's ticker, in nanoseconds.
 *
 * @param representation none for a missing image
 * @param firstSeen when its job was first heard of, or an unknown id first asked for
 * @param learned when the vendor said so
 * @param freshness time from then on for which it is served without asking
 * @param fetches from the vendor so far, failed ones too
 * @param failures fetches in a row that have failed since
 * @param nextFetch when the vendor may be asked again
 */
record CachedImage(
    Image image,
    @Nullable Representation representation,
    long firstSeen,
    long learned,
    Duration freshness,
    int fetches,
    int failures,
    long nextFetch) {

  /** Objects and references of an entry and its id, as measured in a heap. */
  private static final int OVERHEAD = 300;

  private static final int URI_OVERHEAD = 400;

  /** A state as the vendor gave it at a time. */
  static CachedImage learned(
      Image image,
      @Nullable Representation representation,
      long firstSeen,
      int fetches,
      Duration freshness,
      long learned) {
    return new CachedImage(
        image,
        representation,
        firstSeen,
        learned,
        freshness,
        fetches,
        0,
        learned + freshness.toNanos());
  }

  /** The same, after one more fetch that brought nothing. */
  CachedImage afterFailedFetch(Duration backOff, long now) {
    return withoutState(failures + 1, backOff, now);
  }

  /** The same, after a fetch that could not be made; back-off does not grow by it. */
  CachedImage afterDeferredFetch(Duration wait, long now) {
    return withoutState(Math.max(1, failures), wait, now);
  }

  private CachedImage withoutState(int failures, Duration wait, long now) {
    return new CachedImage(
        image,
        representation,
        firstSeen,
        learned,
        freshness,
        fetches + 1,
        failures,
        now + wait.toNanos());
  }

  Duration age(long now) {
    return Duration.ofNanos(now - learned);
  }

  boolean isFresh(long now) {
    return now - learned < freshness.toNanos();
  }

  /** Whether the vendor may be asked again. */
  boolean isFetchDue(long now) {
    return now - nextFetch >= 0;
  }

  boolean isReady() {
    return image instanceof Image.Ready;
  }

  /** Bytes of memory, rather more than fewer; a URI keeps its parts beside its whole. */
  int weight() {
    int weight = OVERHEAD + (representation == null ? 0 : representation.json().length);
    if (image instanceof Image.Ready ready) {
      for (URI url : ready.output()) {
        weight += URI_OVERHEAD + 4 * url.toString().length();
      }
    }
    return weight;
  }
}
