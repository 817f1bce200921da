package dev.cloakroom.cache;

import dev.cloakroom.image.Image;
import dev.cloakroom.image.Representation;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * An image as the cache hands it out.
 *
 * @param representation none for a missing image
 * @param learned when the vendor told this state, as a reading of the cache's ticker
 * @param age time since then
 * @param freshness time from then on for which it is fresh
 * @param nextLook time left until the vendor may be asked again; negative when it is overdue
 * @param jobAge time since its job was first heard of, or an unknown id first asked for
 * @param looks at the vendor so far
 * @param result how it came about
 * @param isCollapsed whether another caller's call to the vendor brought it
 */
public record FoundImage(
    Image image,
    @Nullable Representation representation,
    long learned,
    Duration age,
    Duration freshness,
    Duration nextLook,
    Duration jobAge,
    int looks,
    Result result,
    boolean isCollapsed) {

  /** How an answer came about. */
  public enum Result {
    /** It was there and fresh. */
    HIT,
    /** It was there, and is being looked at again behind this answer. */
    STALE,
    /** It was there, and the last look at it failed. */
    STALE_IF_ERROR,
    /** The vendor was asked, as it was not there. */
    MISS,
    /** The vendor was asked, as what was there is not served stale. */
    EXPIRED,
    /** The vendor was asked, as the caller wanted a fresh look. */
    REQUESTED
  }

  static FoundImage of(CachedImage known, Result result, long now) {
    return new FoundImage(
        known.image(),
        known.representation(),
        known.learned(),
        known.age(now),
        known.freshness(),
        Duration.ofNanos(known.nextLook() - now),
        Duration.ofNanos(now - known.firstSeen()),
        known.looks(),
        result,
        false);
  }

  /** The same, for a caller who only waited for another's call. */
  public FoundImage collapsed() {
    return new FoundImage(
        image, representation, learned, age, freshness, nextLook, jobAge, looks, result, true);
  }

  /** Whether this was told before the other; a count of looks would begin anew after a purge. */
  public boolean isOlderThan(FoundImage other) {
    return learned - other.learned < 0;
  }

  /** Time left for which this is fresh; negative when it is stale. */
  public Duration timeToLive() {
    return freshness.minus(age);
  }
}
