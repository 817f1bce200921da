package dev.cloakroom.cache;

import dev.cloakroom.image.ImageId;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.stereotype.Component;

/** Shows operators what is remembered of an image, and purges it for them. */
@Component
@Endpoint(id = "images")
class ImagesEndpoint {

  /**
   * What is remembered; times in seconds.
   *
   * @param timeToLive of its freshness, negative when it is stale
   * @param nextFetch until the vendor may be asked again, negative when that is overdue
   */
  record Remembered(String state, long age, long freshness, long timeToLive, long nextFetch) {}

  private final ImageCache cache;

  ImagesEndpoint(ImageCache cache) {
    this.cache = cache;
  }

  /** 404 where nothing is remembered. */
  @ReadOperation
  @Nullable Remembered show(@Selector String id) {
    FoundImage found = ImageId.isOne(id) ? cache.find(new ImageId(id)) : null;
    return found == null
        ? null
        : new Remembered(
            found.image().state(),
            found.age().toSeconds(),
            found.freshness().toSeconds(),
            found.timeToLive().toSeconds(),
            found.nextFetch().toSeconds());
  }

  @DeleteOperation
  void purge(@Selector String id) {
    if (ImageId.isOne(id)) {
      cache.purge(new ImageId(id));
    }
  }
}
