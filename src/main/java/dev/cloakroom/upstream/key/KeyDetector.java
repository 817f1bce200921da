package dev.cloakroom.upstream.key;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.LongPredicate;

/**
 * Finds keys, and pieces of keys, in text from outside, whatever stands between their characters
 * and however they are encoded. A piece is 12 letters and digits in a row, in any case; a key that
 * has fewer is found whole.
 */
public final class KeyDetector {

  private static final int PIECE = 12;

  /** A shorter key is a trial's, and would be found by chance in any text. */
  private static final int MIN_LENGTH = 8;

  /** More layers of escapes than any honest text has. */
  private static final int MAX_LAYERS = 8;

  private static final int RADIX = Character.MAX_RADIX;
  private static final long ALL_BUT_FIRST = Math.powExact((long) RADIX, PIECE - 1);

  /** Each as a number to the base of 36, which no other piece has. */
  private final Set<Long> pieces = new HashSet<>();

  private final List<String> shortKeys = new ArrayList<>();

  /** For any number of keys. */
  public KeyDetector(Collection<ApiKey> keys) {
    keys.forEach(key -> add(key.secret()));
  }

  private void add(String key) {
    byte[] letters = Decodings.lettersAndDigits(key.getBytes(ISO_8859_1));
    if (letters.length >= PIECE) {
      anyPiece(letters, this::remember);
    } else if (letters.length >= MIN_LENGTH) {
      shortKeys.add(lowerCase(letters));
    } else if (key.length() >= MIN_LENGTH) {
      // Of signs, for the most part.
      shortKeys.add(key.toLowerCase(Locale.ROOT));
    }
  }

  private boolean remember(long piece) {
    pieces.add(piece);
    return false;
  }

  /**
   * Whether the text contains a key or a piece of one, or hides its content too well to be read.
   */
  public boolean isKeyIn(String text) {
    String layer = Decodings.toBytes(text);
    for (int i = 0; i < MAX_LAYERS; i++) {
      String compatible = Decodings.toCompatible(layer);
      if (isEncodedIn(layer) || (!compatible.equals(layer) && isEncodedIn(compatible))) {
        return true;
      }
      String next = Decodings.unescape(layer);
      if (next.equals(layer)) {
        return false;
      }
      layer = next;
    }
    return true;
  }

  private boolean isEncodedIn(String text) {
    return Decodings.anyOf(text, plain -> anyPiece(plain, pieces::contains))
        || (!shortKeys.isEmpty() && isShortKeyIn(text));
  }

  private boolean isShortKeyIn(String text) {
    String asItIs = text.toLowerCase(Locale.ROOT);
    return shortKeys.stream().anyMatch(asItIs::contains)
        || Decodings.anyOf(text, plain -> isShortKeyIn(Decodings.lettersAndDigits(plain)));
  }

  private boolean isShortKeyIn(byte[] letters) {
    String plain = lowerCase(letters);
    return shortKeys.stream().anyMatch(plain::contains);
  }

  private static String lowerCase(byte[] letters) {
    return new String(letters, ISO_8859_1).toLowerCase(Locale.ROOT);
  }

  /** Goes over all pieces of a text, until the first that meets the condition. */
  private static boolean anyPiece(byte[] text, LongPredicate condition) {
    long piece = 0;
    int length = 0;
    for (byte character : text) {
      int digit = Character.digit(character & 0xFF, RADIX);
      if (digit >= 0) {
        piece = piece % ALL_BUT_FIRST * RADIX + digit;
        length++;
        if (length >= PIECE && condition.test(piece)) {
          return true;
        }
      }
    }
    return false;
  }
}
