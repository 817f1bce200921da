package dev.cloakroom.cache;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.cloakroom.cache.CachedImage.Source;
import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.springframework.stereotype.Component;

/** Keeps images for as long as their state allows, and loads each one once however many ask. */
@Component
public class ImageCache {

  /** An image and the {@link Ticker} reading of its arrival. */
  record Entry(Image image, Duration freshness, long arrived) {}

  private final AsyncCache<ImageId, Entry> images;
  private final Freshness freshness;
  private final Ticker ticker;

  ImageCache(AsyncCache<ImageId, Entry> images, Freshness freshness, Ticker ticker) {
    this.images = images;
    this.freshness = freshness;
    this.ticker = ticker;
  }

  /**
   * The image as it is kept, or else as {@code load} brings it.
   *
   * <p>Each caller has a future of its own: whoever gives up ends nobody's load. A failed load
   * fails everyone who waited for it, and is forgotten.
   *
   * @param load must complete in bounded time
   */
  public CompletableFuture<CachedImage> get(
      ImageId id, Function<ImageId, CompletableFuture<Image>> load) {
    var isLeader = new AtomicBoolean();
    var entry =
        images.get(
            id,
            (key, _) -> {
              isLeader.setPlain(true);
              return load.apply(key).thenApply(this::entryOf);
            });
    Source source = Source.HIT;
    if (isLeader.getPlain()) {
      source = Source.MISS;
    } else if (!entry.isDone()) {
      source = Source.COLLAPSED;
    }
    Source result = source;
    return entry.thenApply(kept -> handOut(kept, result));
  }

  private Entry entryOf(Image image) {
    return new Entry(image, freshness.of(image), ticker.read());
  }

  private CachedImage handOut(Entry entry, Source source) {
    Duration age = Duration.ofNanos(ticker.read() - entry.arrived());
    return new CachedImage(entry.image(), age, entry.freshness(), source);
  }
}
