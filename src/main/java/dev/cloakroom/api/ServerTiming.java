package dev.cloakroom.api;

import dev.cloakroom.cache.FoundImage;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The Server-Timing header (W3C) for a caller who has caused a fetch: how long the vendor took, and
 * how long Cloakroom did.
 */
final class ServerTiming {

  static final String HEADER = "Server-Timing";

  private final long start = System.nanoTime();

  /** The time since the request came. */
  Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  /**
   * The header's value; null where the request has caused no fetch. Waits for a connection and
   * retries count as the vendor's time.
   */
  @Nullable String of(FoundImage found) {
    Duration vendor = found.fetchTime();
    if (vendor == null) {
      return null;
    }
    long ours = System.nanoTime() - start - vendor.toNanos();
    return String.format(
        Locale.ROOT, "vendor;dur=%.1f, cloakroom;dur=%.1f", vendor.toNanos() / 1e6, ours / 1e6);
  }
}
