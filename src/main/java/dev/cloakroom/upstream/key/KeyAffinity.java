package dev.cloakroom.upstream.key;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.cloakroom.image.ImageId;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Remembers which key's account knows an image, by the key's name, which outlives a rotation. */
final class KeyAffinity {

  private static final int MAX_IMAGES = 100_000;
  private static final Duration MEMORY = Duration.ofDays(1);

  /** As long as an unknown image is remembered as unknown, unless a setting says otherwise. */
  private static final Duration UNTIL_NEXT_SEARCH = Duration.ofSeconds(8);

  private final Cache<ImageId, String> affinity;
  private final Cache<ImageId, Boolean> searches;

  KeyAffinity(Ticker ticker) {
    this.affinity =
        Caffeine.newBuilder()
            .executor(Runnable::run)
            .maximumSize(MAX_IMAGES)
            .expireAfterAccess(MEMORY)
            .ticker(ticker)
            .build();
    this.searches =
        Caffeine.newBuilder()
            .executor(Runnable::run)
            .maximumSize(MAX_IMAGES)
            .expireAfterWrite(UNTIL_NEXT_SEARCH)
            .ticker(ticker)
            .build();
  }

  /** The name of the key whose account knows the image, if that is known. */
  @Nullable String find(ImageId id) {
    return affinity.getIfPresent(id);
  }

  void remember(ImageId id, NamedKey key) {
    affinity.put(id, key.name());
  }

  /** All keys were asked, and none knows the image. */
  void searched(ImageId id) {
    searches.asMap().putIfAbsent(id, true);
  }

  boolean wasSearched(ImageId id) {
    return searches.getIfPresent(id) != null;
  }
}
