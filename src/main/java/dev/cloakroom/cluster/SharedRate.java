package dev.cloakroom.cluster;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A rate that all replicas keep to together; the methods as they are here are for a replica that
 * shares with no other.
 */
public interface SharedRate {

  /** For a replica that shares with no other. */
  static SharedRate alone() {
    return new SharedRate() {};
  }

  /**
   * Reserves the next of calls that are evenly spread over all replicas.
   *
   * @return the wait until then; nothing is reserved where that is more than {@code maxWait}; null
   *     where each replica keeps to its own share
   */
  default CompletableFuture<@Nullable Duration> reserve(
      String name, Duration interval, Duration maxWait) {
    return CompletableFuture.completedFuture(null);
  }

  /** Replicas that share, this one among them, as last known. */
  default int replicas() {
    return 1;
  }
}
