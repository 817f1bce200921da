package dev.cloakroom.image;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * An image's state as the vendor told it, to this replica or to another.
 *
 * @param age time since then
 * @param history null for a look of this replica's own
 */
public record ImageSnapshot(Image image, Duration age, @Nullable History history) {

  /**
   * How another replica has followed the image.
   *
   * @param jobAge time since the job was first heard of, at the sighting
   * @param freshness time from the sighting on for which nobody needs to ask again
   * @param looks at the vendor so far, by all replicas
   */
  public record History(Duration jobAge, Duration freshness, int looks) {}

  /** What the vendor has just told. */
  public static ImageSnapshot now(Image image) {
    return new ImageSnapshot(image, Duration.ZERO, null);
  }
}
