package dev.cloakroom.upstream.key;

import java.util.List;
import java.util.stream.Stream;

/** The keys of this moment, and those of calls that may still be under way. */
final class RecentKeys {

  private static final int MAX_EARLIER = 100;

  private List<ApiKey> keys = List.of();
  private volatile KeyDetector detector = new KeyDetector(keys);

  /** From now on, these are the keys of this moment. */
  synchronized void replace(List<NamedKey> next) {
    keys =
        Stream.concat(next.stream().map(NamedKey::key), keys.stream())
            .distinct()
            .limit(next.size() + MAX_EARLIER)
            .toList();
    detector = new KeyDetector(keys);
  }

  /** Whether a text contains a piece of any of them. */
  boolean areIn(String text) {
    return detector.isKeyIn(text);
  }
}
