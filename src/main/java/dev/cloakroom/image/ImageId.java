package dev.cloakroom.image;

import java.util.regex.Pattern;

/**
 * The name under which the vendor knows an image; always safe to put into a path, a header or a
 * log.
 *
 * @param value 1 to 64 of the letters, digits, {@code _} and {@code -}
 */
public record ImageId(String value) {

  private static final Pattern SAFE = Pattern.compile("[A-Za-z0-9_-]{1,64}");

  /**
   * Refuses anything that is not a plain name.
   *
   * @throws IllegalArgumentException for any other value
   */
  public ImageId {
    if (!isOne(value)) {
      throw new IllegalArgumentException("not an image id");
    }
  }

  /** Whether a text can be an id. */
  public static boolean isOne(String text) {
    return SAFE.matcher(text).matches();
  }

  @Override
  public String toString() {
    return value;
  }
}
