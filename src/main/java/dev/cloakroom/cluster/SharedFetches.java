package dev.cloakroom.cluster;

import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.image.ImageSnapshot;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * One fetch per image at a time of all replicas; the methods as they are here are for a replica
 * that shares with no other.
 *
 * <p>Sharing never fails a caller: while Redis is unavailable, each replica fetches alone.
 */
public interface SharedFetches {

  /** Is notified of what other replicas do; must not block. */
  interface Listener {

    /** Another replica has learned a state. */
    void learned(ImageSnapshot snapshot);

    /** Another replica has purged an image. */
    void purged(ImageId id);
  }

  /** For a replica that shares with no other. */
  static SharedFetches alone() {
    return new SharedFetches() {};
  }

  /**
   * The image as another replica knows it or is about to, else as {@code source} gives it.
   *
   * @param maxAge of what another replica knows
   * @param source the vendor; used by one replica at a time, which {@link #publish publishes} what
   *     it learned
   * @return fails as {@code source} does, here or at the replica that fetched
   */
  default CompletableFuture<ImageSnapshot> fetch(
      ImageId id, Duration maxAge, Supplier<CompletableFuture<Image>> source) {
    return source.get().thenApply(ImageSnapshot::now);
  }

  /**
   * Sends what this replica's own fetch brought; ignored for what others have sent.
   *
   * @param learned with its history
   * @param left time for which other replicas may serve it
   */
  default void publish(ImageSnapshot learned, Duration left) {}

  /** Purges an image at all other replicas. */
  default void purge(ImageId id) {}

  /** Notifies the listener from now on. */
  default void addListener(Listener listener) {}
}
