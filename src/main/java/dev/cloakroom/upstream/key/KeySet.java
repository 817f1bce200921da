package dev.cloakroom.upstream.key;

import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.problem.RetryAfter;
import dev.cloakroom.upstream.key.KeyStatus.State;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The keys of this moment, in their order, and the state of each; guarded by {@link KeyPool}. */
final class KeySet {

  private final Map<String, KeyStatus> keys = new LinkedHashMap<>();

  /** Swaps all; a key whose name and content stay keeps its state. */
  void replace(List<NamedKey> next) {
    Map<String, KeyStatus> old = new LinkedHashMap<>(keys);
    keys.clear();
    for (NamedKey key : next) {
      KeyStatus known = old.get(key.name());
      put(known != null && known.key().equals(key) ? known : KeyStatus.usable(key, 0));
    }
  }

  void put(KeyStatus status) {
    keys.put(status.key().name(), status);
  }

  /** None for a key that was rotated away while its call was under way. */
  @Nullable KeyStatus find(NamedKey key) {
    KeyStatus status = keys.get(key.name());
    return status != null && status.key().equals(key) ? status : null;
  }

  List<String> names() {
    return List.copyOf(keys.keySet());
  }

  List<KeyStatus> statuses() {
    return List.copyOf(keys.values());
  }

  /**
   * The least recently used of the usable keys, but before it the one named {@code first}, and one
   * whose rejection is long enough ago for another try; null where none may be used.
   */
  @Nullable KeyStatus best(@Nullable String first, Set<NamedKey> except, Instant now) {
    return keys.values().stream()
        .filter(key -> key.mayBeUsedAt(now) && !except.contains(key.key()))
        .min(
            Comparator.comparing((KeyStatus key) -> !key.key().name().equals(first))
                .thenComparing(key -> !key.isRejected())
                .thenComparingLong(KeyStatus::lastUse))
        .orElse(null);
  }

  /** Whether another key could know an image that these do not, be it after a cooldown. */
  boolean hasOthers(@Nullable String owner, Set<NamedKey> ignorant) {
    return keys.values().stream()
        .filter(key -> !ignorant.contains(key.key()))
        .anyMatch(key -> !key.isRejected() || key.key().name().equals(owner));
  }

  boolean isAnyUsable(Instant now) {
    return keys.values().stream().anyMatch(key -> key.stateAt(now) == State.USABLE);
  }

  /** For a request that may use no key now, with the soonest return of any. */
  ProblemException noneUsable(Instant now) {
    List<KeyStatus> unusable = keys.values().stream().filter(key -> !key.mayBeUsedAt(now)).toList();
    boolean isAnyInCooldown = unusable.stream().anyMatch(key -> key.stateAt(now) == State.COOLDOWN);
    Duration wait =
        unusable.stream()
            .map(key -> Duration.between(now, key.until()))
            .min(Comparator.naturalOrder())
            .orElse(RetryAfter.DEFAULT);
    return (isAnyInCooldown ? Problem.UPSTREAM_THROTTLED : Problem.UPSTREAM_CREDENTIALS)
        .retryAfter(wait, null);
  }
}
