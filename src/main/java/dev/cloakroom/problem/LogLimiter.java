package dev.cloakroom.problem;

import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;

/**
 * Lets so many lines into the log each second: a console that falls behind blocks all who write to
 * it, and callers decide how many fail.
 */
public final class LogLimiter {

  private static final int LINES = 20;
  private static final Duration WINDOW = Duration.ofSeconds(1);

  private final Ticker ticker;
  private long start;
  private int lines;
  private long suppressed;

  /** Lets lines in from now on. */
  public LogLimiter(Ticker ticker) {
    this.ticker = ticker;
    this.start = ticker.read();
  }

  /** Whether a line may be written now; one that may not is counted. */
  public synchronized boolean allows() {
    long now = ticker.read();
    if (now - start >= WINDOW.toNanos()) {
      start = now;
      lines = 0;
    }
    if (lines >= LINES) {
      suppressed++;
      return false;
    }
    lines++;
    return true;
  }

  /** What the next line says of those that were not written; empty where there are none. */
  public synchronized String suppressed() {
    String words =
        suppressed == 0 ? "" : " (and %d more that are not logged)".formatted(suppressed);
    suppressed = 0;
    return words;
  }
}
