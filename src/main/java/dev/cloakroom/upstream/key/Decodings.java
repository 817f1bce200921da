package dev.cloakroom.upstream.key;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.text.Normalizer;
import java.text.Normalizer.Form;
import java.util.Arrays;
import java.util.Base64;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** All that a text may say, as which of it is encoded, how, and from where on, is not known. */
final class Decodings {

  /**
   * Of URLs, programs and HTML: in the groups one byte, in hexadecimal or decimal; the rest stands
   * for no letter or digit.
   */
  private static final Pattern ESCAPE =
      Pattern.compile(
          "(?:%|\\\\x|\\\\u00)([0-9a-f]{2})|&#x0*([0-9a-f]{2});|&#0*([0-9]{2,3});"
              + "|\\\\u[0-9a-f]{4}|&#?[0-9a-z]{1,8};|\\\\[bfnrt]",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern WHITE_SPACE = Pattern.compile("\\s+");

  private Decodings() {}

  /** The text with a character for each byte of its UTF-8, as escapes stand for bytes. */
  static String toBytes(String text) {
    return new String(text.getBytes(UTF_8), ISO_8859_1);
  }

  /** With plain letters and digits instead of what only appears different, such as full width. */
  static String toCompatible(String bytes) {
    if (isAscii(bytes)) {
      return bytes;
    }
    return Normalizer.normalize(new String(bytes.getBytes(ISO_8859_1), UTF_8), Form.NFKD);
  }

  private static boolean isAscii(String bytes) {
    for (int i = 0; i < bytes.length(); i++) {
      if (bytes.charAt(i) >= 0x80) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether the text as it is, or what it would be as hexadecimal or as Base64, meets a condition.
   */
  static boolean anyOf(String text, Predicate<byte[]> condition) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    byte[] plain = lettersAndDigits(bytes);
    byte[] base64 = base64Symbols(bytes);
    return condition.test(plain)
        || anyOfHex(hexDigits(plain), condition)
        || anyOfBase64(plain, condition)
        // Signs may be of the encoding, or stand between its characters.
        || (base64.length != plain.length && anyOfBase64(base64, condition));
  }

  private static boolean anyOfHex(byte[] digits, Predicate<byte[]> condition) {
    return condition.test(fromHex(digits, 0)) || condition.test(fromHex(digits, 1));
  }

  private static boolean anyOfBase64(byte[] symbols, Predicate<byte[]> condition) {
    for (int start = 0; start < 4; start++) {
      if (condition.test(fromBase64(symbols, start))) {
        return true;
      }
    }
    return false;
  }

  static byte[] lettersAndDigits(byte[] text) {
    byte[] kept = new byte[text.length];
    int length = 0;
    for (byte character : text) {
      if (isLetterOrDigit(character)) {
        kept[length++] = character;
      }
    }
    return Arrays.copyOf(kept, length);
  }

  private static boolean isLetterOrDigit(byte character) {
    return Character.digit(character & 0xFF, Character.MAX_RADIX) >= 0;
  }

  /** Of either alphabet, in that of programs. */
  private static byte[] base64Symbols(byte[] text) {
    byte[] kept = new byte[text.length];
    int length = 0;
    for (byte character : text) {
      byte symbol = (byte) (character == '-' ? '+' : character == '_' ? '/' : character);
      if (symbol == '+' || symbol == '/' || isLetterOrDigit(symbol)) {
        kept[length++] = symbol;
      }
    }
    return Arrays.copyOf(kept, length);
  }

  private static byte[] fromBase64(byte[] symbols, int start) {
    int length = Math.max(0, symbols.length - start);
    // A single symbol at the end is no whole byte.
    int end = length % 4 == 1 ? symbols.length - 1 : symbols.length;
    return Base64.getDecoder().decode(Arrays.copyOfRange(symbols, Math.min(start, end), end));
  }

  /** Without prefixes, as in 0x63 0x41. */
  private static byte[] hexDigits(byte[] symbols) {
    byte[] kept = new byte[symbols.length];
    int length = 0;
    for (byte symbol : symbols) {
      if ((symbol == 'x' || symbol == 'X') && length > 0 && kept[length - 1] == '0') {
        length--;
      } else if (Character.digit(symbol, 16) >= 0) {
        kept[length++] = symbol;
      }
    }
    return Arrays.copyOf(kept, length);
  }

  private static byte[] fromHex(byte[] digits, int start) {
    byte[] bytes = new byte[Math.max(0, digits.length - start) / 2];
    for (int i = 0; i < bytes.length; i++) {
      int at = start + 2 * i;
      bytes[i] =
          (byte) (16 * Character.digit(digits[at], 16) + Character.digit(digits[at + 1], 16));
    }
    return bytes;
  }

  /** Undoes one layer of escapes, which white space may have torn. */
  static String unescape(String text) {
    boolean mayHaveEscapes =
        text.indexOf('%') >= 0 || text.indexOf('\\') >= 0 || text.indexOf('&') >= 0;
    return mayHaveEscapes
        ? ESCAPE.matcher(WHITE_SPACE.matcher(text).replaceAll("")).replaceAll(Decodings::meaningOf)
        : text;
  }

  private static String meaningOf(MatchResult escape) {
    for (int group = 1; group <= 3; group++) {
      if (escape.group(group) != null) {
        int character = Integer.parseInt(escape.group(group), group == 3 ? 10 : 16);
        return Matcher.quoteReplacement(Character.toString(character));
      }
    }
    return "";
  }
}
