package dev.cloakroom.access;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Those who may ask; everybody, where there are no secrets.
 *
 * <p>Each search compares with all secrets that may match, and so takes as long without a match.
 */
final class Callers {

  /** For signatures in the name of no caller, which so take as long as others. */
  private static final CallerSecret NOBODY = new CallerSecret("", "of nobody");

  private volatile List<CallerSecret> secrets;

  Callers(List<CallerSecret> secrets) {
    this.secrets = secrets;
  }

  /** Swaps all. */
  void replace(List<CallerSecret> next) {
    secrets = next;
  }

  List<CallerSecret> secrets() {
    return secrets;
  }

  boolean isEverybody() {
    return secrets.isEmpty();
  }

  List<String> names() {
    return secrets.stream().map(CallerSecret::caller).distinct().toList();
  }

  /** The name of the caller whose secret, among these, this is. */
  @Nullable String findBySecret(String secret, List<CallerSecret> among) {
    byte[] digest = CallerSecret.digestOf(secret);
    String found = null;
    for (CallerSecret known : among) {
      if (known.hasDigest(digest)) {
        found = known.caller();
      }
    }
    return found;
  }

  /** Whether a caller of that name has signed the text. */
  boolean hasSigned(String caller, String text, String signature) {
    List<CallerSecret> ofCaller =
        secrets.stream().filter(known -> known.caller().equals(caller)).toList();
    if (ofCaller.isEmpty()) {
      var _ = NOBODY.hasSigned(text, signature);
      return false;
    }
    boolean hasSigned = false;
    for (CallerSecret known : ofCaller) {
      hasSigned |= known.hasSigned(text, signature);
    }
    return hasSigned;
  }
}
