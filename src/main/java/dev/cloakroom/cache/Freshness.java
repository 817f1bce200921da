package dev.cloakroom.cache;

import dev.cloakroom.image.Image;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Decides how long each kind of image may be served without asking again. */
@Component
class Freshness {

  private final ImageCacheProperties settings;

  Freshness(ImageCacheProperties settings) {
    this.settings = settings;
  }

  Duration of(Image image) {
    return switch (image) {
      case Image.Ready _ -> settings.ready();
      case Image.Failed _ -> settings.failed();
      case Image.Missing _ -> settings.missing();
      case Image.Processing _ -> settings.processing();
    };
  }
}
