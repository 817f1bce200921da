package dev.cloakroom.upstream.resilience;

import dev.cloakroom.image.Requester;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One call to the vendor: whether its image is known, for whom, and when it was sent. */
public final class Attempt {

  private final boolean isImageKnown;
  private final Requester requester;
  private volatile @Nullable Long sent;

  /**
   * Not sent yet.
   *
   * @param isImageKnown whether an account has answered about the image before
   */
  public Attempt(boolean isImageKnown) {
    this(isImageKnown, Requester.NOBODY);
  }

  /** The same, for a request. */
  public Attempt(boolean isImageKnown, Requester requester) {
    this.isImageKnown = isImageKnown;
    this.requester = requester;
  }

  /** Begins to count the vendor's time; what came before was the queue for connections. */
  public void sent() {
    sent = System.nanoTime();
  }

  /** Whether the vendor has had most of that time, and not the queue for connections. */
  public boolean hadMostOf(Duration time) {
    return 2 * nanos() >= time.toNanos();
  }

  boolean isSent() {
    return sent != null;
  }

  boolean isImageKnown() {
    return isImageKnown;
  }

  Requester requester() {
    return requester;
  }

  long nanos() {
    Long begin = sent;
    return begin == null ? 0 : System.nanoTime() - begin;
  }
}
