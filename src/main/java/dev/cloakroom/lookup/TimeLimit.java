package dev.cloakroom.lookup;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.scheduler.Schedulers;

/**
 * Ends futures in time.
 *
 * <p>Not by orTimeout, which wakes a thread at the beginning and at the end of each.
 */
public final class TimeLimit {

  private TimeLimit() {}

  /** The same future; fails with {@code failure} when the time is over. */
  public static <T extends @Nullable Object> CompletableFuture<T> set(
      CompletableFuture<T> future, Duration time, Supplier<Throwable> failure) {
    if (future.isDone()) {
      return future;
    }
    Disposable timer =
        Schedulers.parallel()
            .schedule(
                () -> future.completeExceptionally(failure.get()),
                time.toNanos(),
                TimeUnit.NANOSECONDS);
    var _ = future.whenComplete((_, _) -> timer.dispose());
    return future;
  }
}
