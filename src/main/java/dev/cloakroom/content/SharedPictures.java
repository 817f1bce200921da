package dev.cloakroom.content;

import dev.cloakroom.image.ImageId;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The store that replicas share; the methods as they are here are for a replica that shares with no
 * other.
 *
 * <p>Sharing never fails a caller: a store that is slow, or fails, has nothing.
 */
interface SharedPictures {

  /** For a replica that shares with no other. */
  static SharedPictures none() {
    return new SharedPictures() {};
  }

  /** Whether there is a store. */
  default boolean isShared() {
    return false;
  }

  /**
   * The picture as another replica has stored it, kept here from now on, too.
   *
   * @return completes within a time limit; with null where there is none
   */
  default CompletableFuture<@Nullable OpenPicture> find(PictureId id) {
    return CompletableFuture.completedFuture(null);
  }

  /** Stores a picture that is kept here, later; not where the store fails now. */
  default void store(Picture picture) {}

  /** Lets nothing under way bring back what is removed from this replica, nor from the store. */
  default void evict(ImageId image) {}

  /** Removes all pictures of an image, later. */
  default void remove(ImageId image) {}

  /** What is wrong with the store; null where nothing is known to be. */
  default @Nullable String fault() {
    return null;
  }
}
