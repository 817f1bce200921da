package dev.cloakroom.problem;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/** The id of a request, by which its answer, its problem and its log lines are found. */
public final class RequestId {

  /** Header of requests and answers. */
  public static final String HEADER = "X-Request-Id";

  /** Member of problems, and key of log lines. */
  public static final String NAME = "requestId";

  private static final int MAX_LENGTH = 128;

  private RequestId() {}

  /** Whether a caller's own is taken over: 1 to 128 of {@code [A-Za-z0-9._:-]}. */
  public static boolean isValid(String id) {
    if (id.isEmpty() || id.length() > MAX_LENGTH) {
      return false;
    }
    for (int i = 0; i < id.length(); i++) {
      if (!isAllowed(id.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isAllowed(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '.'
        || c == '_'
        || c == ':';
  }

  /** A new one, of 16 hexadecimal digits; not secret. */
  public static String create() {
    return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
  }
}
