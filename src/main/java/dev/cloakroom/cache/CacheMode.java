package dev.cloakroom.cache;

import java.time.Duration;

/**
 * How a request uses the cache; the names are the Fetch standard's.
 *
 * @param maxAge of a state that need not come from the vendor this very time
 */
public record CacheMode(Kind kind, Duration maxAge) {

  /** Which states may be served. */
  public enum Kind {
    DEFAULT,
    NO_CACHE,
    ONLY_IF_CACHED
  }

  /** More than anything is remembered for. */
  private static final Duration ANY_AGE = Duration.ofDays(365);

  /** A stored state that may be served, else a fetch. */
  public static final CacheMode DEFAULT = new CacheMode(Kind.DEFAULT, ANY_AGE);

  /** A fetch, though not more often than the floor. */
  public static final CacheMode NO_CACHE = new CacheMode(Kind.NO_CACHE, Duration.ZERO);

  /** No fetch. */
  public static final CacheMode ONLY_IF_CACHED = new CacheMode(Kind.ONLY_IF_CACHED, ANY_AGE);

  /** As {@link #NO_CACHE}, unless another replica has fetched the image within that time. */
  public static CacheMode noCacheWithin(Duration maxAge) {
    return new CacheMode(Kind.NO_CACHE, maxAge);
  }
}
