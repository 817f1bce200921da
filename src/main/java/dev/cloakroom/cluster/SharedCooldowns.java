package dev.cloakroom.cluster;

import dev.cloakroom.problem.Problem;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What all replicas leave unused for a while; the methods as they are here are for a replica that
 * shares with no other.
 */
public interface SharedCooldowns {

  /**
   * A time in which something is not used.
   *
   * @param name letters, digits, colons and hyphens; no secret
   * @param problem why; null where it is usable again
   */
  record Cooldown(String name, @Nullable Problem problem, Duration time) {}

  /** For a replica that shares with no other. */
  static SharedCooldowns alone() {
    return new SharedCooldowns() {};
  }

  /** Sends to the other replicas that something is in cooldown, or usable again. */
  default void publish(Cooldown cooldown) {}

  /** Notifies the listener of other replicas' cooldowns; now and then of earlier ones, too. */
  default void addListener(Consumer<Cooldown> listener) {}
}
