package dev.cloakroom.cluster;

import dev.cloakroom.cluster.SharedCooldowns.Cooldown;
import dev.cloakroom.problem.Problem;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import reactor.core.Disposable;
import reactor.core.Disposables;

/** Keeps this replica known to the others each second, and receives what they send. */
final class Heartbeat implements SmartLifecycle {

  private static final Logger log = LoggerFactory.getLogger(Heartbeat.class);
  private static final Duration INTERVAL = Duration.ofSeconds(1);
  private static final Duration MAX_SILENCE = INTERVAL.multipliedBy(4);

  /** One alone says little, and calls that fail are not made for long in any case. */
  private static final int MAX_FAILURES = 2;

  private final RedisScripts redis;
  private final RedisKeys keys;
  private final ReactiveStringRedisTemplate template;
  private final RedisFetches fetches;
  private final RedisCooldowns cooldowns;
  private final Disposable.Swap subscription = Disposables.swap();
  private volatile @Nullable Thread thread;
  private volatile long lastMessage;
  private int failures;

  Heartbeat(
      RedisScripts redis,
      RedisKeys keys,
      ReactiveStringRedisTemplate template,
      RedisFetches fetches,
      RedisCooldowns cooldowns) {
    this.redis = redis;
    this.keys = keys;
    this.template = template;
    this.fetches = fetches;
    this.cooldowns = cooldowns;
  }

  @Override
  public void start() {
    lastMessage = System.nanoTime() - MAX_SILENCE.toNanos();
    thread = Thread.ofVirtual().name("heartbeat").start(this::run);
  }

  @Override
  public void stop() {
    Thread running = thread;
    if (running != null) {
      thread = null;
      running.interrupt();
      subscription.update(Disposables.disposed());
    }
  }

  @Override
  public boolean isRunning() {
    return thread != null;
  }

  /** After the connections; before all that fetches images, and until after it. */
  @Override
  public int getPhase() {
    return 1;
  }

  private void run() {
    try {
      while (true) {
        tryToBeat();
        Thread.sleep(INTERVAL);
      }
    } catch (InterruptedException _) {
      // The end.
    }
  }

  private void tryToBeat() throws InterruptedException {
    try {
      beat();
    } catch (RuntimeException | Error fault) {
      // Any of them: without heartbeats this replica would never share again.
      log.warn("A heartbeat failed", fault);
    }
  }

  private void beat() throws InterruptedException {
    try {
      String answer =
          redis
              .heartbeat(
                  keys.ofGroup(),
                  keys.replica(),
                  MAX_SILENCE.toMillis(),
                  ClusterMessageCodec.write(new ClusterMessage.Alive(), keys.replica()),
                  keys.channel())
              .get();
      failures = 0;
      learn(answer.lines().toList());
      fetches.extendLeases();
    } catch (ExecutionException failure) {
      if (++failures % MAX_FAILURES == 0) {
        redis.unavailable(failure);
        redis.reconnect();
      }
    }
    if (redis.isUp() && System.nanoTime() - lastMessage >= MAX_SILENCE.toNanos()) {
      lastMessage = System.nanoTime();
      subscribe();
    }
  }

  /** The first line has the time and the number of replicas, each other one a cooldown. */
  private void learn(List<String> lines) {
    String[] first = lines.getFirst().split(" ", 2);
    long now = Long.parseLong(first[0]);
    redis.available(now, Integer.parseInt(first[1]));
    for (String line : lines.subList(1, lines.size())) {
      String[] cooldown = line.split(" ", 3);
      try {
        Duration left = Duration.ofMillis(Long.parseLong(cooldown[1]) - now);
        Problem problem = Problem.valueOf(cooldown[2]);
        if (left.isPositive() && problem.isVendors()) {
          cooldowns.onMessage(new Cooldown(cooldown[0], problem, left), now);
        }
      } catch (RuntimeException invalid) {
        fetches.reject(invalid);
      }
    }
  }

  /**
   * A subscription that hangs is recognised by the lack of this replica's own heartbeats, and made
   * again as one that fails is.
   */
  private void subscribe() {
    subscription.update(
        template
            .listenToChannel(keys.channel())
            .subscribe(message -> receive(message.getMessage()), _ -> {}));
  }

  private void receive(String text) {
    try {
      ClusterMessage.Envelope envelope = ClusterMessageCodec.read(text, redis.time());
      if (envelope.sender().equals(keys.replica())) {
        lastMessage = System.nanoTime();
        return;
      }
      switch (envelope.message()) {
        case ClusterMessage.CooldownChanged(Cooldown cooldown) ->
            cooldowns.onMessage(cooldown, envelope.time());
        case ClusterMessage.OfImage message -> fetches.onMessage(message);
        case ClusterMessage.Alive _ -> {}
      }
    } catch (RuntimeException invalid) {
      fetches.reject(invalid);
    }
  }
}
