package dev.cloakroom.cache;

import dev.cloakroom.image.Image;
import java.time.Duration;

/**
 * An image as the cache hands it out.
 *
 * @param age time since the vendor gave it
 * @param freshness time for which it may be served from then on
 * @param source what it cost to get it
 */
public record CachedImage(Image image, Duration age, Duration freshness, Source source) {

  /** What an answer cost. */
  public enum Source {
    /** Nothing: it was there. */
    HIT,
    /** A call to the vendor. */
    MISS,
    /** A wait for the call that another caller had begun. */
    COLLAPSED
  }

  /** Time left until the vendor is asked again; never negative. */
  public Duration timeToLive() {
    Duration left = freshness.minus(age);
    return left.isNegative() ? Duration.ZERO : left;
  }
}
