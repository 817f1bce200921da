package dev.cloakroom.access;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * A caller's secret: its digest, and the key of the caller's signatures; it never prints itself.
 */
final class CallerSecret {

  private static final Pattern PLAUSIBLE = Pattern.compile("[\\x21-\\x7E]{32,512}");

  private static final String ALGORITHM = "HmacSHA256";

  /** What may follow the caller's name, so that two secrets are valid during a rotation. */
  private static final Pattern COUNTER = Pattern.compile("\\.[0-9]+$");

  private final String file;
  private final String caller;
  private final byte[] digest;
  private final SecretKeySpec key;

  /** A plausible secret, and its file's name. */
  CallerSecret(String file, String secret) {
    this.file = file;
    this.caller = COUNTER.matcher(file).replaceFirst("");
    this.digest = digestOf(secret);
    this.key = new SecretKeySpec(secret.getBytes(UTF_8), ALGORITHM);
  }

  /** Whether this can be a secret: 32 to 512 visible ASCII characters. */
  static boolean isPlausible(String secret) {
    return PLAUSIBLE.matcher(secret).matches();
  }

  /** The form in which secrets are compared. */
  static byte[] digestOf(String secret) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(secret.getBytes(UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  String file() {
    return file;
  }

  String caller() {
    return caller;
  }

  /** Whether the digest is this secret's. */
  boolean hasDigest(byte[] given) {
    return isSame(digest, given);
  }

  boolean isSameSecret(CallerSecret other) {
    return hasDigest(other.digest);
  }

  /** Whether the signature of a text is this secret's, as base64url without padding. */
  boolean hasSigned(String text, String signature) {
    return isSame(sign(text).getBytes(US_ASCII), signature.getBytes(UTF_8));
  }

  private String sign(String text) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(mac.doFinal(text.getBytes(UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has HmacSHA256", e);
    }
  }

  /** The one comparison of all that a caller gives, in constant time. */
  static boolean isSame(byte[] ours, byte[] given) {
    return MessageDigest.isEqual(ours, given);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof CallerSecret secret && file.equals(secret.file) && isSameSecret(secret);
  }

  @Override
  public int hashCode() {
    return file.hashCode();
  }

  @Override
  public String toString() {
    return "CallerSecret[" + file + "]";
  }
}
