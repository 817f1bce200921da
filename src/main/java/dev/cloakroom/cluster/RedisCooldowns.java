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
 * Shares cooldowns through Redis, in the order of its clock: one that has ended is not set again by
 * what was read before.
 */
final class RedisCooldowns implements SharedCooldowns {

  /** What was read earlier arrives long before that; and a new master's clock may be behind. */
  private static final Duration MEMORY = Duration.ofMinutes(1);

  private static final int MAX_NAMES = 10_000;

  private final List<Consumer<Cooldown>> listeners = new CopyOnWriteArrayList<>();
  private final Function<Cooldown, CompletableFuture<Long>> sender;
  private final LongSupplier clock;

  /** When a cooldown last ended, in milliseconds by Redis's clock. */
  private final Cache<String, Long> ended =
      Caffeine.newBuilder().expireAfterWrite(MEMORY).maximumSize(MAX_NAMES).build();

  /** Ends by this replica that Redis has not confirmed, by name; each is a token. */
  private final ConcurrentHashMap<String, Object> ending = new ConcurrentHashMap<>();

  /** None yet. */
  static RedisCooldowns through(RedisScripts redis, RedisKeys keys) {
    return new RedisCooldowns(cooldown -> send(redis, keys, cooldown), redis::time);
  }

  /**
   * None yet.
   *
   * @param sender to all replicas; gives the time by Redis's clock
   * @param clock Redis's, as well as it is known here
   */
  RedisCooldowns(Function<Cooldown, CompletableFuture<Long>> sender, LongSupplier clock) {
    this.sender = sender;
    this.clock = clock;
  }

  private static CompletableFuture<Long> send(
      RedisScripts redis, RedisKeys keys, Cooldown cooldown) {
    return redis
        .run(
            RedisScripts.COOLDOWN,
            List.of(keys.ofGroup().getLast()),
            cooldown.name(),
            cooldown.problem() == null ? "" : cooldown.problem().name(),
            cooldown.time().toMillis(),
            ClusterMessageCodec.write(new ClusterMessage.CooldownChanged(cooldown), keys.replica()),
            keys.channel())
        .thenApply(Long::valueOf);
  }

  @Override
  public void addListener(Consumer<Cooldown> listener) {
    listeners.add(listener);
  }

  /** Takes no lock, as callers own locks that listeners take, too. */
  @Override
  public void publish(Cooldown cooldown) {
    if (cooldown.problem() != null) {
      ending.remove(cooldown.name());
      var _ = sender.apply(cooldown);
      return;
    }
    Object token = new Object();
    ending.put(cooldown.name(), token);
    var _ =
        sender
            .apply(cooldown)
            .whenComplete(
                (time, failure) -> {
                  // One that failed may have arrived all the same; what is read later decides.
                  ended(cooldown.name(), failure == null ? time : clock.getAsLong());
                  ending.remove(cooldown.name(), token);
                });
  }

  /**
   * Notifies this replica, unless what it knows is newer.
   *
   * @param time when that was so, in milliseconds by Redis's clock
   */
  synchronized void onMessage(Cooldown cooldown, long time) {
    if (cooldown.problem() == null) {
      ended(cooldown.name(), time);
      notifyListeners(cooldown);
    } else if (!isEnded(cooldown.name(), time)) {
      notifyListeners(cooldown);
      if (isEnded(cooldown.name(), time)) {
        // By this replica, just now.
        notifyListeners(new Cooldown(cooldown.name(), null, Duration.ZERO));
      }
    }
  }

  private void ended(String name, long time) {
    ended.asMap().merge(name, time, Math::max);
  }

  /** At that time, or after it; one that goes on comes again with the next heartbeat. */
  private boolean isEnded(String name, long time) {
    Long last = ended.getIfPresent(name);
    return ending.containsKey(name) || (last != null && time <= last);
  }

  private void notifyListeners(Cooldown cooldown) {
    listeners.forEach(listener -> listener.accept(cooldown));
  }
}
