package dev.cloakroom.api;

import dev.cloakroom.cache.FoundImage;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The Server-Timing header (W3C) for a caller who has caused a fetch: how long the vendor took, and
 * how long Cloakroom did.
 */
final class ServerTiming {

  private final long start = System.nanoTime();

  /** The time since the request came. */
  Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  /**
   * Adds the header where the request has caused a fetch. Waits for a connection and retries count
   * as the vendor's time.
   */
  void addTo(BiConsumer<String, String> headers, FoundImage found) {
    addTo(headers, found.fetchTime());
  }

  /** The same, by the longest of the fetches. */
  void addTo(BiConsumer<String, String> headers, List<FoundState> states) {
    addTo(
        headers,
        states.stream()
            .map(FoundState::found)
            .filter(Objects::nonNull)
            .map(FoundImage::fetchTime)
            .filter(Objects::nonNull)
            .max(Comparator.naturalOrder())
            .orElse(null));
  }

  private void addTo(BiConsumer<String, String> headers, @Nullable Duration vendor) {
    if (vendor != null) {
      headers.accept("Server-Timing", value(vendor));
    }
  }

  private String value(Duration vendor) {
    return "vendor;dur=" + millis(vendor) + ", cloakroom;dur=" + millis(elapsed().minus(vendor));
  }

  /** To a tenth. */
  private static double millis(Duration time) {
    return Math.round(time.toNanos() / 1e5) / 10.0;
  }
}
