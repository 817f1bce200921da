package dev.cloakroom.cache;

import java.time.Duration;

/** A fetch that is not made now, and is no failure of the vendor. */
public final class FetchDeferred extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final Duration wait;

  /**
   * With its reason.
   *
   * @param wait until the vendor may be asked again
   */
  public FetchDeferred(Duration wait, Throwable cause) {
    super(cause.getMessage(), cause, false, false);
    this.wait = wait;
  }

  Duration untilNext() {
    return wait;
  }
}
