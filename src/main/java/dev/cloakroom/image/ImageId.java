package dev.cloakroom.image;

import java.util.regex.Pattern;

/**
 * The name under which the vendor knows an image; always safe to put into a path, a header or a
 * log.
 *
 * @param value 1 to 64 of the letters, digits, {@code _} and {@code -}
 */
public record ImageId(String value) {

  /** Characters in the longest id. */
  public static final int LONGEST = 64;

  private static final Pattern SAFE = Pattern.compile("[A-Za-z0-9_-]{1," + LONGEST + "}");

  /**
   * Refuses anything that is not a plain name.
   *
   * @throws IllegalArgumentException for any other value
   */
  public ImageId {
    if (!SAFE.matcher(value).matches()) {
      throw new IllegalArgumentException("not an image id");
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
