package dev.cloakroom.upstream.key;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The secret of an account at the vendor; it never prints itself. */
public final class ApiKey {

  private static final Pattern PLAUSIBLE = Pattern.compile("[\\x21-\\x7E]{1,512}");

  private final String value;

  /** Takes anything, so that no report of a wrong setting ever has to quote it. */
  public ApiKey(String value) {
    this.value = value.strip();
  }

  boolean isEmpty() {
    return value.isEmpty();
  }

  /** Whether this can be a key: 1 to 512 visible ASCII characters. */
  boolean isPlausible() {
    return PLAUSIBLE.matcher(value).matches();
  }

  /** Distinguishes this key from others, and reveals nothing else. */
  String fingerprint() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] hash = digest.digest(("cloakroom " + value).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** For the vendor's request, and for the search for it in the vendor's replies. */
  public String secret() {
    return value;
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
