package dev.cloakroom.upstream.key;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** The secret of an account at the vendor; it never prints itself. */
public final class ApiKey {

  private static final Pattern PLAUSIBLE = Pattern.compile("[\\x21-\\x7E]{1,512}");

  /** A shorter one is a trial's, and would be found by chance in any text. */
  private static final int SHORTEST_RECOGNISABLE = 8;

  private final String value;
  private final Pattern echo;

  /** Takes anything, so that no report of a refused setting ever has to quote it. */
  public ApiKey(String value) {
    this.value = value.strip();
    String encoded = URLEncoder.encode(this.value, StandardCharsets.UTF_8);
    this.echo =
        Pattern.compile(
            Pattern.quote(this.value) + "|" + Pattern.quote(encoded), Pattern.CASE_INSENSITIVE);
  }

  int length() {
    return value.length();
  }

  boolean isEmpty() {
    return value.isEmpty();
  }

  /** Whether this can be a key: 1 to 512 visible ASCII characters. */
  boolean isPlausible() {
    return PLAUSIBLE.matcher(value).matches();
  }

  /** The vendor's request, {@code {"key":"…"}}; as bytes, which no encoder logs. */
  public byte[] requestBody() {
    return JsonMapper.shared().writeValueAsBytes(Map.of("key", value));
  }

  /** Tells this key from others, and nothing else about it. */
  String fingerprint() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] hash = digest.digest(("cloakroom " + value).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** The text without this key, should the vendor have echoed it, in whatever case. */
  String removeFrom(String text) {
    return value.length() < SHORTEST_RECOGNISABLE ? text : echo.matcher(text).replaceAll("***");
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ApiKey key && key.value.equals(value);
  }

  @Override
  public int hashCode() {
    return value.hashCode();
  }

  @Override
  public String toString() {
    return "ApiKey[***]";
  }
}
