package dev.cloakroom.upstream.key;

import dev.cloakroom.cluster.SharedCooldowns;
import dev.cloakroom.cluster.SharedCooldowns.Cooldown;
import dev.cloakroom.problem.Problem;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * What replicas share about keys: by the key itself, as they may be in the middle of a rotation.
 */
record KeyCooldowns(SharedCooldowns shared) {

  void addListener(Consumer<Cooldown> listener) {
    shared.addListener(listener);
  }

  void publish(NamedKey key, Problem problem, Duration time) {
    shared.publish(new Cooldown(nameOf(key), problem, time));
  }

  void publishUsable(NamedKey key) {
    shared.publish(new Cooldown(nameOf(key), null, Duration.ZERO));
  }

  static boolean isAbout(Cooldown cooldown, NamedKey key) {
    return nameOf(key).equals(cooldown.name());
  }

  private static String nameOf(NamedKey key) {
    return "key:" + key.key().fingerprint();
  }
}
