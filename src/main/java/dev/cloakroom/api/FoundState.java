package dev.cloakroom.api;

import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.problem.ProblemException;
import org.jspecify.annotations.Nullable;

/**
 * What can be said of one of many images: its state, or why that is not known.
 *
 * @param problem null where the image is found
 */
record FoundState(ImageId id, @Nullable FoundImage found, @Nullable ProblemException problem) {

  boolean isFinal() {
    return found != null && found.image().isFinal();
  }
}
