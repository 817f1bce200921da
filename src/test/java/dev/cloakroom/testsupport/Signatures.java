package dev.cloakroom.testsupport;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signs links as callers do. */
public final class Signatures {

  private Signatures() {}

  /** The query of a link to an image. */
  public static String query(String caller, String secret, String id, Instant expires) {
    long seconds = expires.getEpochSecond();
    return "caller=" + caller + "&expires=" + seconds + "&signature=" + of(secret, id, seconds);
  }

  /** A signature, which the search at the end of the run looks for. */
  public static String of(String secret, String id, long expires) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
      byte[] signature = mac.doFinal((id + "\n" + expires).getBytes(UTF_8));
      return Canary.signature(Base64.getUrlEncoder().withoutPadding().encodeToString(signature));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
