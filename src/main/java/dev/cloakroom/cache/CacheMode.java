package dev.cloakroom.cache;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a request uses the cache; the names are the Fetch standard's.
 *
 * @param maxAge of a state that need not come from the vendor this very time; null where the cache
 *     decides
 */
public record CacheMode(Kind kind, @Nullable Duration maxAge) {

  /** Which states may be served. */
  public enum Kind {
    DEFAULT,
    NO_CACHE,
    ONLY_IF_CACHED
  }

  /** A stored state that may be served, else a fetch. */
  public static final CacheMode DEFAULT = new CacheMode(Kind.DEFAULT, null);

  /** A fetch, though not more often than the floor. */
  public static final CacheMode NO_CACHE = new CacheMode(Kind.NO_CACHE, null);

  /** No fetch. */
  public static final CacheMode ONLY_IF_CACHED = new CacheMode(Kind.ONLY_IF_CACHED, null);

  /** As {@link #NO_CACHE}, unless another replica has fetched the image within that time. */
  public static CacheMode noCacheWithin(Duration maxAge) {
    return new CacheMode(Kind.NO_CACHE, maxAge);
  }

  Duration maxAgeOr(Duration otherwise) {
    return maxAge == null ? otherwise : maxAge;
  }
}
