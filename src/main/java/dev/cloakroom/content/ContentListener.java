package dev.cloakroom.content;

import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.cache.ImageCache;
import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import org.springframework.stereotype.Component;

/** Fetches pictures ahead where that is set, and removes those of images that are purged. */
@Component
final class ContentListener implements ImageCache.Listener {

  private final PictureStore store;
  private final PictureFetches fetches;
  private final boolean isPrefetching;

  ContentListener(
      ImageCache cache, PictureStore store, PictureFetches fetches, ContentProperties settings) {
    this.store = store;
    this.fetches = fetches;
    this.isPrefetching = settings.prefetch();
    cache.addListener(this);
  }

  @Override
  public void learned(FoundImage found) {
    if (isPrefetching && found.image() instanceof Image.Ready ready) {
      Thread.startVirtualThread(() -> prefetch(found, ready));
    }
  }

  private void prefetch(FoundImage found, Image.Ready ready) {
    for (int i = 0; i < ready.output().size(); i++) {
      var id = new PictureId(ready.id(), i);
      if (!store.contains(id)) {
        var _ = fetches.fetch(id, found, ready).thenAccept(picture -> picture.content().close());
      }
    }
  }

  @Override
  public void evicted(ImageId id) {
    fetches.evict(id);
    store.evict(id);
  }

  @Override
  public void purged(ImageId id) {
    store.purge(id);
  }
}
