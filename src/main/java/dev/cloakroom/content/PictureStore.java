package dev.cloakroom.content;

import dev.cloakroom.content.ContentMetrics.Result;
import dev.cloakroom.image.ImageId;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Pictures that nobody has to fetch: those of this replica, and those that replicas share. */
@Component
final class PictureStore {

  private final PictureDirectory directory;
  private final SharedPictures shared;

  PictureStore(PictureDirectory directory, SharedPictures shared) {
    this.directory = directory;
    this.shared = shared;
  }

  /** The picture where it is kept here; else null. */
  @Nullable FoundPicture find(PictureId id) {
    OpenPicture kept = directory.open(id);
    return kept == null ? null : new FoundPicture(kept, Result.HIT);
  }

  /** The picture where another replica has stored it; else null. Blocks for a bounded time. */
  @Nullable FoundPicture findShared(PictureId id) {
    if (!shared.isShared()) {
      return null;
    }
    OpenPicture stored = shared.find(id).join();
    // It may have come just before that.
    return stored == null ? find(id) : new FoundPicture(stored, Result.SHARED);
  }

  /** Whether the picture is here, or at another replica that shares it; may block. */
  boolean contains(PictureId id) {
    FoundPicture found = directory.contains(id) ? null : findShared(id);
    if (found != null) {
      found.content().close();
    }
    return found != null || directory.contains(id);
  }

  /** For the bytes of a new picture. */
  Spool spool() {
    return directory.spool();
  }

  /**
   * The picture that has come, open, and stored from now on.
   *
   * @throws ContentRefused where it is none
   */
  OpenPicture store(Spool spool, PictureId id) {
    OpenPicture picture = directory.finish(spool, id, true);
    shared.store(picture.picture());
    return picture;
  }

  /** The same, not stored. */
  OpenPicture pass(Spool spool, PictureId id) {
    return directory.finish(spool, id, false);
  }

  /** Removes all pictures of the image from this replica. */
  void evict(ImageId image) {
    shared.evict(image);
    directory.remove(image);
  }

  /** Removes them from what replicas share. */
  void purge(ImageId image) {
    shared.remove(image);
  }
}
