package dev.cloakroom.settings;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** A setting that keeps the service from starting. */
public final class InvalidSettingException extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final String action;

  /**
   * Never quotes the value, which may be a key.
   *
   * @param setting its name, as the documents have it
   * @param fault what is wrong, as the rest of a sentence that begins with the name
   * @param action what the operator does about it
   */
  public InvalidSettingException(String setting, String fault, String action) {
    super(setting + " " + fault + ".");
    this.action = action;
  }

  /** One that should name an SSL bundle, and names none. */
  public static InvalidSettingException unknownBundle(String setting) {
    return new InvalidSettingException(
        setting,
        "names no SSL bundle",
        "Set it to the name of a bundle below spring.ssl.bundle.pem or spring.ssl.bundle.jks.");
  }

  /** One that names an SSL bundle which cannot be used; without Boot's message, which may quote. */
  public static InvalidSettingException unusableBundle(String setting) {
    return new InvalidSettingException(
        setting,
        "names an SSL bundle whose certificates, keys or options cannot be used",
        "Check the files, types, passwords, ciphers and protocols of the bundle below"
            + " spring.ssl.bundle.");
  }

  /** Makes Boot's report of it. */
  @Order(Ordered.HIGHEST_PRECEDENCE)
  public static class Analyzer extends AbstractFailureAnalyzer<InvalidSettingException> {

    @Override
    protected FailureAnalysis analyze(Throwable failure, InvalidSettingException cause) {
      return new FailureAnalysis(cause.getMessage(), cause.action, cause);
    }
  }
}
