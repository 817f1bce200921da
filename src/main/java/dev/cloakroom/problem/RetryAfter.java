package dev.cloakroom.problem;

import java.time.Duration;

/** The Retry-After header (RFC 9110, 10.2.3). */
public final class RetryAfter {

  /** Where nothing is known about when a new request may succeed. */
  public static final Duration DEFAULT = Duration.ofSeconds(5);

  private RetryAfter() {}

  /** The header's value: whole seconds, rounded up, at least one. */
  public static String of(Duration wait) {
    return Long.toString(Math.max(1, wait.plusNanos(999_999_999).toSeconds()));
  }
}
