package dev.cloakroom.api;

import dev.cloakroom.cache.FoundImage;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
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
    return of(found.fetchTime());
  }

  /** The same, by the longest of the fetches. */
  @Nullable String of(List<FoundState> states) {
    return of(
        states.stream()
            .map(FoundState::found)
            .filter(Objects::nonNull)
            .map(FoundImage::fetchTime)
            .filter(Objects::nonNull)
            .max(Comparator.naturalOrder())
            .orElse(null));
  }

  private @Nullable String of(@Nullable Duration vendor) {
    if (vendor == null) {
      return null;
    }
    long ours = System.nanoTime() - start - vendor.toNanos();
    return String.format(
        Locale.ROOT, "vendor;dur=%.1f, cloakroom;dur=%.1f", vendor.toNanos() / 1e6, ours / 1e6);
  }
}
