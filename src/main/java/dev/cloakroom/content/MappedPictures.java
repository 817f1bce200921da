package dev.cloakroom.content;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.util.unit.DataSize;

/** Keeps files of pictures mapped for a while, as others may want them, too. */
@Component
final class MappedPictures {

  /** Of those that are kept; the kernel takes their memory back where it needs it. */
  private static final long MAX_SIZE = DataSize.ofMegabytes(128).toBytes();

  /** Bytes that each counts for at least, so that few hundred files are open. */
  private static final long MIN_WEIGHT = DataSize.ofKilobytes(256).toBytes();

  /** Larger ones are read in parts. */
  private static final long MAX_PICTURE_SIZE = DataSize.ofMegabytes(4).toBytes();

  /** A file that was changed since is noticed after that. */
  private static final Duration MAX_AGE = Duration.ofSeconds(10);

  private final Cache<Picture, MappedPicture> pictures =
      Caffeine.newBuilder()
          .executor(Runnable::run)
          .maximumWeight(MAX_SIZE)
          .weigher((Picture picture, MappedPicture _) -> (int) Math.max(picture.size(), MIN_WEIGHT))
          .expireAfterWrite(MAX_AGE)
          .removalListener(
              (@Nullable Picture _, @Nullable MappedPicture mapped, RemovalCause _) ->
                  Objects.requireNonNull(mapped).close())
          .build();

  boolean takes(Picture picture) {
    return picture.size() <= MAX_PICTURE_SIZE;
  }

  /** The picture where it is mapped, held by the caller; else null. */
  @Nullable MappedPicture find(Picture picture) {
    MappedPicture mapped = pictures.getIfPresent(picture);
    return mapped == null ? null : mapped.retain();
  }

  /** Keeps it, which the caller holds, too. */
  void put(MappedPicture mapped) {
    mapped.retain();
    pictures.put(mapped.picture(), mapped);
  }

  void remove(Picture picture) {
    pictures.invalidate(picture);
  }
}
