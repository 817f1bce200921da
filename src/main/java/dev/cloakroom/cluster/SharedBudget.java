package dev.cloakroom.cluster;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What a client may use in a time, at all replicas together; the methods as they are here are for a
 * replica that shares with no other.
 */
public interface SharedBudget {

  /**
   * What became of a use.
   *
   * @param isAllowed whether it was, or had been counted before
   * @param left time until the budget is whole again
   */
  record Use(boolean isAllowed, Duration left) {}

  /** For a replica that shares with no other. */
  static SharedBudget alone() {
    return new SharedBudget() {};
  }

  /**
   * Counts a use, once for each item, in windows that begin with the first.
   *
   * @return null where each replica keeps to its own share
   */
  default CompletableFuture<@Nullable Use> use(
      String client, String item, int limit, Duration window) {
    return CompletableFuture.completedFuture(null);
  }

  /** Replicas that share, this one among them, as last known. */
  default int replicas() {
    return 1;
  }
}
