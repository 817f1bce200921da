package dev.cloakroom.lookup;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * The JSON of an image's state, under the vendor's field names.
 *
 * @param id a number where JavaScript holds it exactly, else a string
 * @param eta whole seconds, where known
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonPropertyOrder({"status", "id", "output", "eta", "message"})
record ImageBody(
    String status, Object id, List<URI> output, @Nullable Long eta, @Nullable String message) {

  private static final long LARGEST_EXACT = (1L << 53) - 1;

  static ImageBody of(Image.Ready image) {
    return new ImageBody("success", jsonId(image.id()), image.output(), null, null);
  }

  static ImageBody of(Image.Processing image) {
    Long eta = image.eta() == null ? null : wholeSeconds(image.eta());
    return new ImageBody("processing", jsonId(image.id()), List.of(), eta, null);
  }

  static ImageBody of(Image.Failed image) {
    return new ImageBody("failed", jsonId(image.id()), List.of(), null, image.message());
  }

  byte[] toJson() {
    return JsonMapper.shared().writeValueAsBytes(this);
  }

  static long wholeSeconds(Duration duration) {
    return duration.plusNanos(999_999_999).toSeconds();
  }

  private static Object jsonId(ImageId id) {
    // Not 007, which is another id than 7.
    if (id.value().matches("0|[1-9][0-9]{0,15}")) {
      long number = Long.parseLong(id.value());
      if (number <= LARGEST_EXACT) {
        return number;
      }
    }
    return id.value();
  }
}
