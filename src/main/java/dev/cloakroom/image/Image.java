package dev.cloakroom.image;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is known about an image at one moment. */
public sealed interface Image {

  /** The image this is about. */
  ImageId id();

  /** The state's name, for metrics and operators. */
  default String state() {
    return switch (this) {
      case Ready _ -> "ready";
      case Processing _ -> "processing";
      case Failed _ -> "failed";
      case Missing _ -> "missing";
    };
  }

  /** Whether nothing else is expected of the vendor. */
  default boolean isFinal() {
    return switch (this) {
      case Ready _, Failed _ -> true;
      case Processing _, Missing _ -> false;
    };
  }

  /**
   * Finished.
   *
   * @param output where the pictures are: at least one absolute https URL
   */
  record Ready(ImageId id, List<URI> output) implements Image {

    /** Keeps a copy of the URLs. */
    public Ready {
      output = List.copyOf(output);
    }
  }

  /**
   * Queued or being made.
   *
   * @param eta the vendor's estimate of the time left, where it gave one
   */
  record Processing(ImageId id, @Nullable Duration eta) implements Image {}

  /**
   * Given up by the vendor.
   *
   * @param message the vendor's reason, as plain text
   */
  record Failed(ImageId id, String message) implements Image {}

  /** Not known to the vendor, or not yet. */
  record Missing(ImageId id) implements Image {}
}
