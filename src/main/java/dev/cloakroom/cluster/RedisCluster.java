package dev.cloakroom.cluster;

import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.image.ImageSnapshot;
import dev.cloakroom.problem.Problem;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import reactor.core.Disposable;
import reactor.core.Disposables;

/** Shares through Redis, for as long as it is there. */
final class RedisCluster implements Cluster, SmartLifecycle {

  private static final Logger log = LoggerFactory.getLogger(RedisCluster.class);
  private static final Duration BEAT = Duration.ofSeconds(1);
  private static final Duration SILENCE = BEAT.multipliedBy(4);

  /** One alone says little, and calls that fail are not made for long in any case. */
  private static final int MOST_FAILURES = 2;

  private final Redis redis;
  private final RedisKeys names;
  private final SharedFetches looks;
  private final ReactiveStringRedisTemplate template;
  private final List<Consumer<ImageSnapshot>> learners = new CopyOnWriteArrayList<>();
  private final List<Consumer<ImageId>> forgetters = new CopyOnWriteArrayList<>();
  private final SharedCooldowns holds;
  private final Disposable.Swap subscription = Disposables.swap();
  private volatile @Nullable Thread heart;
  private volatile int replicas = 1;
  private volatile long clockLead;
  private volatile long lastHeard;
  private int failures;

  RedisCluster(
      Redis redis, RedisKeys names, ReactiveStringRedisTemplate template, MeterRegistry meters) {
    this.redis = redis;
    this.names = names;
    this.template = template;
    this.looks = new SharedFetches(redis, names, meters);
    this.holds = new SharedCooldowns(hold -> send(redis, names, hold), this::redisTime);
    Gauge.builder("cloakroom.cluster.replicas", () -> replicas)
        .description("Replicas that share, as last known")
        .register(meters);
  }

  @Override
  public CompletableFuture<ImageSnapshot> look(
      ImageId id, Duration maxAge, Supplier<CompletableFuture<Image>> ask) {
    return looks.look(id, maxAge, ask);
  }

  @Override
  public void tell(ImageSnapshot learned, Duration left) {
    looks.tell(learned, left);
  }

  @Override
  public void forget(ImageId id) {
    looks.forget(id);
  }

  @Override
  public void listen(Consumer<ImageSnapshot> learned, Consumer<ImageId> forgotten) {
    learners.add(learned);
    forgetters.add(forgotten);
  }

  @Override
  public void tell(Cooldown hold) {
    holds.tell(hold);
  }

  private static CompletableFuture<Long> send(Redis redis, RedisKeys names, Cooldown hold) {
    return redis
        .run(
            Redis.HOLD,
            List.of(names.ofFleet().getLast()),
            hold.name(),
            hold.problem() == null ? "" : hold.problem().name(),
            hold.time().toMillis(),
            names.newsOfMine(new ClusterMessage.Held(hold)),
            names.channel())
        .thenApply(Long::valueOf);
  }

  @Override
  public void listen(Consumer<Cooldown> listener) {
    holds.listen(listener);
  }

  @Override
  public CompletableFuture<@Nullable Duration> takeTurn(
      String name, Duration interval, Duration longest) {
    return redis
        .run(
            Redis.TURN,
            List.of(names.ofTurns(name)),
            interval.toNanos() / 1_000,
            longest.toNanos() / 1_000)
        .thenApply(RedisCluster::microseconds)
        .handle((wait, failure) -> failure == null ? wait : null);
  }

  private static Duration microseconds(String number) {
    return Duration.ofNanos(Long.parseLong(number) * 1_000);
  }

  @Override
  public int replicas() {
    return replicas;
  }

  /** Why Redis is away; null while it is there. */
  @Nullable String fault() {
    return redis.fault();
  }

  @Override
  public void start() {
    lastHeard = System.nanoTime() - SILENCE.toNanos();
    heart = Thread.ofVirtual().name("replica-beat").start(this::beatOnAndOn);
  }

  @Override
  public void stop() {
    Thread beating = heart;
    if (beating != null) {
      heart = null;
      beating.interrupt();
      subscription.update(Disposables.disposed());
    }
  }

  @Override
  public boolean isRunning() {
    return heart != null;
  }

  /** After the connections; before all that looks at images, and until after it. */
  @Override
  public int getPhase() {
    return 1;
  }

  private void beatOnAndOn() {
    try {
      while (true) {
        tryToBeat();
        Thread.sleep(BEAT);
      }
    } catch (InterruptedException _) {
      // The end.
    }
  }

  private void tryToBeat() throws InterruptedException {
    try {
      beat();
    } catch (RuntimeException | Error fault) {
      // Whatever it was, this is the way back to the others.
      log.warn("A sign of life to other replicas failed", fault);
    }
  }

  private void beat() throws InterruptedException {
    try {
      String answer =
          redis
              .beat(
                  names.ofFleet(),
                  names.replica(),
                  SILENCE.toMillis(),
                  names.newsOfMine(new ClusterMessage.Beat()),
                  names.channel())
              .get();
      failures = 0;
      redis.found();
      learn(answer.lines().toList());
      looks.extendLeases();
    } catch (ExecutionException failure) {
      if (++failures % MOST_FAILURES == 0) {
        redis.lost(failure);
        redis.reconnect();
      }
    }
    if (redis.isUp() && System.nanoTime() - lastHeard >= SILENCE.toNanos()) {
      lastHeard = System.nanoTime();
      subscribe();
    }
  }

  private void learn(List<String> lines) {
    String[] first = lines.getFirst().split(" ", 2);
    long now = Long.parseLong(first[0]);
    clockLead = now - System.currentTimeMillis();
    replicas = Integer.parseInt(first[1]);
    for (String line : lines.subList(1, lines.size())) {
      String[] hold = line.split(" ", 3);
      try {
        Duration left = Duration.ofMillis(Long.parseLong(hold[1]) - now);
        Problem problem = Problem.valueOf(hold[2]);
        if (left.isPositive() && problem.isVendors()) {
          holds.hear(new Cooldown(hold[0], problem, left), now);
        }
      } catch (RuntimeException nonsense) {
        looks.refuse(nonsense);
      }
    }
  }

  /** About; in milliseconds. */
  private long redisTime() {
    return System.currentTimeMillis() + clockLead;
  }

  /**
   * One that hangs is told from one without news by this replica's own beats; one that fails is
   * made anew as one that hangs is.
   */
  private void subscribe() {
    subscription.update(
        template
            .listenToChannel(names.channel())
            .subscribe(message -> hear(message.getMessage()), _ -> {}));
  }

  private void hear(String text) {
    try {
      ClusterMessage.Message message = ClusterMessage.read(text, redisTime());
      if (message.sender().equals(names.replica())) {
        lastHeard = System.nanoTime();
      } else {
        heed(message);
      }
    } catch (RuntimeException nonsense) {
      looks.refuse(nonsense);
    }
  }

  private void heed(ClusterMessage.Message message) {
    switch (message.news()) {
      case ClusterMessage.Held held -> holds.hear(held.hold(), message.time());
      case ClusterMessage.Beat _ -> {}
      case ClusterMessage.Forgotten forgotten -> {
        forgetters.forEach(forgetter -> forgetter.accept(forgotten.id()));
        looks.drop(forgotten.id());
      }
      case ClusterMessage.Seen seen -> {
        if (!looks.hears(seen)) {
          learners.forEach(learner -> learner.accept(seen.sighting()));
        }
      }
      case ClusterMessage.Failed failed -> looks.hears(failed);
      case ClusterMessage.Released released -> looks.hears(released);
    }
  }
}
