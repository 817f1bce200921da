package dev.cloakroom.upstream.resilience;

import java.time.Duration;

/**
 * The one moment by which a request has its answer, whatever it waits for until then.
 *
 * @param nanoTime a reading of {@link System#nanoTime}
 */
public record Deadline(long nanoTime) {

  /** That long from this moment on. */
  public static Deadline in(Duration time) {
    return new Deadline(System.nanoTime() + time.toNanos());
  }

  /** The time left; never negative. */
  public Duration left() {
    return Duration.ofNanos(Math.max(0, nanoTime - System.nanoTime()));
  }

  boolean allows(Duration wait) {
    return wait.compareTo(left()) < 0;
  }
}
