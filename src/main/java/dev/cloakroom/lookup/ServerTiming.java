package dev.cloakroom.lookup;

import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Tells a caller who caused a look how long the vendor took, and how long we did (W3C). */
final class ServerTiming {

  static final String HEADER = "Server-Timing";

  private static final long NONE = -1;

  private final long start = System.nanoTime();
  private volatile long vendor = NONE;

  /** Measures the look; waits for a connection and repeats count as the vendor's time. */
  <T> CompletableFuture<T> measure(Supplier<CompletableFuture<T>> look) {
    long begin = System.nanoTime();
    return look.get().whenComplete((_, _) -> vendor = System.nanoTime() - begin);
  }

  /** The header's value; null where no look was made, or none has ended. */
  @Nullable String value() {
    long ours = System.nanoTime() - start - vendor;
    return vendor == NONE
        ? null
        : String.format(
            Locale.ROOT, "vendor;dur=%.1f, cloakroom;dur=%.1f", vendor / 1e6, ours / 1e6);
  }
}
