package dev.cloakroom.cluster;

import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.image.ImageSnapshot;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What replicas share; as it stands here, nothing.
 *
 * <p>Sharing never fails a caller: where it is not to be had, a replica goes on alone.
 */
public interface Cluster {

  /** A replica that shares with no other. */
  static Cluster alone() {
    return new Cluster() {};
  }

  /**
   * The image as another replica knows it or finds it out meanwhile, or else as {@code ask} does.
   *
   * @param maxAge of what another replica knows
   * @param ask the vendor; made by one replica at a time, which then {@link #tell tells} what it
   *     learned
   * @return fails as {@code ask} does, here or at the replica that asked
   */
  default CompletableFuture<ImageSnapshot> look(
      ImageId id, Duration maxAge, Supplier<CompletableFuture<Image>> ask) {
    return ask.get().thenApply(ImageSnapshot::now);
  }

  /**
   * Tells what this replica's own look brought; ignored for what others have told.
   *
   * @param learned with its history
   * @param left time for which other replicas may serve it
   */
  default void tell(ImageSnapshot learned, Duration left) {}

  /** Has all replicas forget an image. */
  default void forget(ImageId id) {}

  /** Hears what other replicas learn, and which images they forget. */
  default void listen(Consumer<ImageSnapshot> learned, Consumer<ImageId> forgotten) {}

  /** Tells that something is to be left alone, or works again. */
  default void tell(Cooldown hold) {}

  /** Hears what other replicas leave alone; now and then what was heard before, too. */
  default void listen(Consumer<Cooldown> holds) {}

  /**
   * Takes the next of turns that are evenly spread over the fleet.
   *
   * @return the wait until then; without taking the turn where that is more than {@code longest};
   *     null where each replica is to keep to its own share
   */
  default CompletableFuture<@Nullable Duration> takeTurn(
      String name, Duration interval, Duration longest) {
    return CompletableFuture.completedFuture(null);
  }

  /** Replicas that share, this one among them, as last known. */
  default int replicas() {
    return 1;
  }
}
