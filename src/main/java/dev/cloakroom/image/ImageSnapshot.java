package dev.cloakroom.image;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * An image's state as a fetch brought it, of this replica or of another.
 *
 * @param age time since then
 * @param history null for a fetch of this replica's own
 */
public record ImageSnapshot(Image image, Duration age, @Nullable History history) {

  /**
   * How another replica has followed the image.
   *
   * @param jobAge time since the job was first heard of, at the snapshot
   * @param freshness time from the snapshot on for which nobody needs to ask again
   * @param fetches from the vendor so far, by all replicas
   */
  public record History(Duration jobAge, Duration freshness, int fetches) {}

  /** What the vendor has just answered. */
  public static ImageSnapshot now(Image image) {
    return new ImageSnapshot(image, Duration.ZERO, null);
  }
}
