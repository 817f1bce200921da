package dev.cloakroom.cluster;

import dev.cloakroom.cluster.SharedCooldowns.Cooldown;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.image.ImageSnapshot;
import dev.cloakroom.problem.Problem;
import java.time.Duration;

/** What replicas send each other, and keep in Redis. */
sealed interface ClusterMessage {

  /** A message about one image. */
  sealed interface OfImage extends ClusterMessage {
    ImageId id();
  }

  /** What a fetch brought. */
  sealed interface Outcome extends OfImage {}

  /** A state of an image. */
  record Learned(ImageSnapshot snapshot) implements Outcome {

    @Override
    public ImageId id() {
      return snapshot.image().id();
    }
  }

  /** A fetch that failed; the callers of other replicas get the same problem. */
  record FetchFailed(ImageId id, Problem problem, Duration retryAfter) implements Outcome {}

  /** A fetch that was not made after all. */
  record FetchReleased(ImageId id) implements OfImage {}

  record Purged(ImageId id) implements OfImage {}

  record CooldownChanged(Cooldown cooldown) implements ClusterMessage {}

  /** A sign of life. */
  record Alive() implements ClusterMessage {}

  /**
   * A message, its sender, and its time.
   *
   * @param time in milliseconds by Redis's clock
   */
  record Envelope(String sender, ClusterMessage message, long time) {}
}
