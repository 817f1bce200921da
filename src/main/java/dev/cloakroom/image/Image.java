package dev.cloakroom.image;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
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
   * @param output where the pictures are: 1 to 100 absolute https URLs
   */
  record Ready(ImageId id, List<URI> output) implements Image {

    private static final int MAX_URL = 2048;
    private static final int MAX_URLS = 100;

    /** Without a user, and with the underscores that buckets may have. */
    private static final Pattern HOST_AND_PORT =
        Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*(:[0-9]{1,5})?");

    /**
     * Keeps a copy of the URLs.
     *
     * @throws IllegalArgumentException for none, too many, or any that callers must not get
     */
    public Ready {
      output = List.copyOf(output);
      if (output.isEmpty()
          || output.size() > MAX_URLS
          || !output.stream().allMatch(Ready::isPublishable)) {
        throw new IllegalArgumentException("not the URLs of pictures");
      }
    }

    /** Whether callers may get a URL: https, with a host, and of bounded length. */
    public static boolean isPublishable(URI url) {
      String authority = url.getRawAuthority();
      return "https".equalsIgnoreCase(url.getScheme())
          && authority != null
          && HOST_AND_PORT.matcher(authority).matches()
          && url.toString().length() <= MAX_URL;
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
