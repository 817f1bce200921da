package dev.cloakroom.cache;

import dev.cloakroom.image.Image;
import dev.cloakroom.image.Representation;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * An image as the cache hands it out.
 *
 * @param representation none for a missing image
 * @param learned when the vendor gave this state, as a reading of the cache's ticker
 * @param age time since then
 * @param freshness time from then on for which it is fresh
 * @param nextFetch time left until the vendor may be asked again; negative when it is overdue
 * @param jobAge time since its job was first heard of, or an unknown id first asked for
 * @param fetches from the vendor so far
 * @param result how it came about
 * @param isCollapsed whether another caller's fetch brought it
 * @param fetchTime how long the fetch took that this caller has caused; null where it caused none
 */
public record FoundImage(
    Image image,
    @Nullable Representation representation,
    long learned,
    Duration age,
    Duration freshness,
    Duration nextFetch,
    Duration jobAge,
    int fetches,
    Result result,
    boolean isCollapsed,
    @Nullable Duration fetchTime) {

  /** How an answer came about. */
  public enum Result {
    /** It was there and fresh. */
    HIT,
    /** It was there, and is being fetched again behind this answer. */
    STALE,
    /** It was there, and the last fetch of it failed. */
    STALE_IF_ERROR,
    /** The vendor was asked, as it was not there. */
    MISS,
    /** The vendor was asked, as what was there is not served stale. */
    EXPIRED,
    /** The vendor was asked, as the caller wanted a fresh fetch. */
    REQUESTED
  }

  static FoundImage of(CachedImage known, Result result, long now) {
    return new FoundImage(
        known.image(),
        known.representation(),
        known.learned(),
        known.age(now),
        known.freshness(),
        Duration.ofNanos(known.nextFetch() - now),
        Duration.ofNanos(now - known.firstSeen()),
        known.fetches(),
        result,
        false,
        null);
  }

  /** The same, for a caller who only waited for another's fetch. */
  public FoundImage collapsed() {
    return with(true, null);
  }

  /** The same, for the caller who has caused the fetch. */
  FoundImage fetchedIn(Duration time) {
    return with(false, time);
  }

  private FoundImage with(boolean isCollapsed, @Nullable Duration fetchTime) {
    return new FoundImage(
        image,
        representation,
        learned,
        age,
        freshness,
        nextFetch,
        jobAge,
        fetches,
        result,
        isCollapsed,
        fetchTime);
  }

  /**
   * Whether this was learned before the other; a count of fetches would begin anew after a purge.
   */
  public boolean isOlderThan(FoundImage other) {
    return learned - other.learned < 0;
  }

  /** Time left for which this is fresh; negative when it is stale. */
  public Duration timeToLive() {
    return freshness.minus(age);
  }
}
