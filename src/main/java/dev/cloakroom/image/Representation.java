package dev.cloakroom.image;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.net.URI;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * An image's state as callers read it, rendered once.
 *
 * @param json the body, under the vendor's field names
 * @param etag the strong validator of these bytes, in quotes (RFC 9110, 8.8.3)
 */
@SuppressWarnings("ArrayRecordComponent") // written to sockets, compared by nobody
public record Representation(byte[] json, String etag) {

  private static final long LARGEST_EXACT = (1L << 53) - 1;
  private static final int ETAG_BYTES = 12;
  private static final Pattern NUMBER = Pattern.compile("0|[1-9][0-9]{0,15}");

  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonPropertyOrder({"status", "id", "output", "eta", "message"})
  private record Fields(
      String status, Object id, List<URI> output, @Nullable Long eta, @Nullable String message) {}

  /** That of a state with a body; null for a missing image, which is a problem. */
  public static @Nullable Representation of(Image image, OutputLinks links) {
    Object id = jsonId(image.id());
    return switch (image) {
      case Image.Ready ready -> of(new Fields("success", id, links.of(ready), null, null));
      case Image.Processing processing ->
          of(new Fields("processing", id, List.of(), wholeSeconds(processing.eta()), null));
      case Image.Failed failed -> of(new Fields("failed", id, List.of(), null, failed.message()));
      case Image.Missing _ -> null;
    };
  }

  private static Representation of(Fields fields) {
    byte[] json = JsonMapper.shared().writeValueAsBytes(fields);
    return new Representation(json, etagOf(json));
  }

  /** A strong validator of what these bytes stand for. */
  public static String etagOf(byte[] bytes) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      String text = Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
      return '"' + text.substring(0, ETAG_BYTES * 4 / 3) + '"';
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static @Nullable Long wholeSeconds(@Nullable Duration eta) {
    return eta == null ? null : (Long) eta.plusNanos(999_999_999).toSeconds();
  }

  /** A number where JavaScript has it exactly, else a string; 007 is another id than 7. */
  public static Object jsonId(ImageId id) {
    if (NUMBER.matcher(id.value()).matches()) {
      long number = Long.parseLong(id.value());
      if (number <= LARGEST_EXACT) {
        return number;
      }
    }
    return id.value();
  }
}
