package dev.cloakroom.image;

/**
 * The name under which the vendor knows an image; always safe to put into a path, a header or a
 * log.
 *
 * @param value 1 to 64 of the letters, digits, {@code _} and {@code -}
 */
public record ImageId(String value) {

  private static final int MAX_LENGTH = 64;

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
    // A loop, as each hit comes by here.
    boolean isSafe = !text.isEmpty() && text.length() <= MAX_LENGTH;
    for (int i = 0; isSafe && i < text.length(); i++) {
      isSafe = isSafe(text.charAt(i));
    }
    return isSafe;
  }

  private static boolean isSafe(char c) {
    return (c >= '0' && c <= '9')
        || (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || c == '_'
        || c == '-';
  }

  @Override
  public String toString() {
    return value;
  }
}
