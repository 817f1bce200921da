package dev.cloakroom.cluster;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Tells this replica of holds in the order of Redis's clock: what was lifted is not set again by
 * what was read before.
 */
final class SharedCooldowns {

  /** What was read before is told long before that; and a new master's clock may be behind. */
  private static final Duration MEMORY = Duration.ofMinutes(1);

  private static final int MAX_NAMES = 10_000;

  private final List<Consumer<Cooldown>> listeners = new CopyOnWriteArrayList<>();
  private final Function<Cooldown, CompletableFuture<Long>> sender;
  private final LongSupplier clock;

  /** When a hold was last lifted, in milliseconds by Redis's clock. */
  private final Cache<String, Long> lifted =
      Caffeine.newBuilder().expireAfterWrite(MEMORY).maximumSize(MAX_NAMES).build();

  /** This replica's own that Redis has not confirmed, by name; each is a token. */
  private final ConcurrentHashMap<String, Object> lifting = new ConcurrentHashMap<>();

  /**
   * None yet.
   *
   * @param sender to all replicas; gives the time by Redis's clock
   * @param clock Redis's, as well as it is known here
   */
  SharedCooldowns(Function<Cooldown, CompletableFuture<Long>> sender, LongSupplier clock) {
    this.sender = sender;
    this.clock = clock;
  }

  void listen(Consumer<Cooldown> listener) {
    listeners.add(listener);
  }

  /** Takes no lock, as callers hold their own, which listeners want to take, too. */
  void tell(Cooldown hold) {
    if (hold.problem() != null) {
      lifting.remove(hold.name());
      var _ = sender.apply(hold);
      return;
    }
    Object token = new Object();
    lifting.put(hold.name(), token);
    var _ =
        sender
            .apply(hold)
            .whenComplete(
                (time, failure) -> {
                  // One that failed may have come about all the same; what is read later tells.
                  lifted(hold.name(), failure == null ? time : clock.getAsLong());
                  lifting.remove(hold.name(), token);
                });
  }

  /**
   * Tells this replica, unless it knows better.
   *
   * @param time when that was so, in milliseconds by Redis's clock
   */
  synchronized void hear(Cooldown hold, long time) {
    if (hold.problem() == null) {
      lifted(hold.name(), time);
      tellListeners(hold);
    } else if (!isLifted(hold.name(), time)) {
      tellListeners(hold);
      if (isLifted(hold.name(), time)) {
        // By this replica, just now.
        tellListeners(new Cooldown(hold.name(), null, Duration.ZERO));
      }
    }
  }

  private void lifted(String name, long time) {
    lifted.asMap().merge(name, time, Math::max);
  }

  /** At that time, or after it; what is held all the same is told by the next heartbeat. */
  private boolean isLifted(String name, long time) {
    Long last = lifted.getIfPresent(name);
    return lifting.containsKey(name) || (last != null && time <= last);
  }

  private void tellListeners(Cooldown hold) {
    listeners.forEach(listener -> listener.accept(hold));
  }
}
