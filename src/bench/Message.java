import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** The part of HTTP/1.1 that both ends of the benchmark need: where a message ends. */
final class Message {

  static final int INCOMPLETE = -1;

  private Message() {}

  /** The number of bytes of the first message in a text of one char a byte, or INCOMPLETE. */
  static int length(String text) {
    int headEnd = text.indexOf("\r\n\r\n");
    if (headEnd < 0) {
      return INCOMPLETE;
    }
    int bodyStart = headEnd + 4;
    String head = text.substring(0, headEnd + 2).toLowerCase(Locale.ROOT);
    int end = bodyStart;
    if (head.contains("\r\ntransfer-encoding: chunked\r\n")) {
      int lastChunk = text.indexOf("0\r\n\r\n", bodyStart);
      end = lastChunk < 0 ? Integer.MAX_VALUE : lastChunk + 5;
    } else {
      int field = head.indexOf("\r\ncontent-length:");
      if (field >= 0) {
        int value = field + "\r\ncontent-length:".length();
        end += Integer.parseInt(head.substring(value, head.indexOf('\r', value)).strip());
      }
    }
    return end <= text.length() ? end : INCOMPLETE;
  }

  /** The text of one char a byte that length() reads. */
  static String text(byte[] bytes, int count) {
    return new String(bytes, 0, count, StandardCharsets.ISO_8859_1);
  }
}
