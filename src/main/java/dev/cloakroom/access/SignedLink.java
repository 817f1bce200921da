package dev.cloakroom.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a link gives in place of a secret; it opens one image, and only for a time. */
record SignedLink(String caller, String expires, String signature) {

  private static final Set<String> NAMES = Set.of("caller", "expires", "signature");

  /** The image's state, its events and its pictures. */
  private static final Pattern PATH =
      Pattern.compile("/images/([A-Za-z0-9_-]{1,64})(?:/events|/[0-9]{1,3})?");

  private static final Pattern SECONDS = Pattern.compile("[1-9][0-9]{0,11}");
  private static final Duration MAX_VALIDITY = Duration.ofDays(7);

  /** A link that opens nothing. */
  private static final SignedLink INVALID = new SignedLink("", "", "");

  /**
   * The link of a request.
   *
   * @param query as it was sent; no value of a link has anything to encode
   * @return null where it has none of a link's parameters
   */
  static @Nullable SignedLink of(@Nullable String query) {
    if (query == null) {
      return null;
    }
    Map<String, String> values = new HashMap<>();
    boolean isTwofold = false;
    for (String parameter : query.split("&", -1)) {
      String name = nameOf(parameter);
      if (NAMES.contains(name)) {
        String value = parameter.substring(parameter.indexOf('=') + 1);
        isTwofold |= values.put(name, value) != null;
      }
    }
    if (values.isEmpty()) {
      return null;
    }
    return isTwofold
        ? INVALID
        : new SignedLink(
            values.getOrDefault("caller", ""),
            values.getOrDefault("expires", ""),
            values.getOrDefault("signature", ""));
  }

  /** The query without a link's parameters; null where nothing is left. */
  static @Nullable String without(@Nullable String query) {
    if (query == null) {
      return null;
    }
    String rest =
        Stream.of(query.split("&", -1))
            .filter(parameter -> !NAMES.contains(nameOf(parameter)))
            .collect(Collectors.joining("&"));
    return rest.isEmpty() ? null : rest;
  }

  /** As servlets would read it, so that none is left in a query by being spelt oddly. */
  private static String nameOf(String parameter) {
    int end = parameter.indexOf('=');
    String name = end < 0 ? parameter : parameter.substring(0, end);
    try {
      return name.indexOf('%') < 0 ? name : URLDecoder.decode(name, UTF_8);
    } catch (IllegalArgumentException _) {
      return name;
    }
  }

  /** Whether it opens the path now. */
  boolean opens(String path, Instant now, Callers callers) {
    Matcher image = PATH.matcher(path);
    if (!image.matches()) {
      return false;
    }
    // Also where the link has expired, so that all refusals take as long.
    boolean isSigned = callers.hasSigned(caller, image.group(1) + "\n" + expires, signature);
    return isSigned && isValidAt(now);
  }

  private boolean isValidAt(Instant now) {
    if (!SECONDS.matcher(expires).matches()) {
      return false;
    }
    Instant end = Instant.ofEpochSecond(Long.parseLong(expires));
    return now.isBefore(end) && !end.isAfter(now.plus(MAX_VALIDITY));
  }
}
