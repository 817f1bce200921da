package dev.cloakroom.cluster;

import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.image.ImageSnapshot;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.problem.ProblemHandler;
import io.micrometer.context.ContextSnapshot;
import io.micrometer.context.ContextSnapshotFactory;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets one replica at a time ask the vendor about an image, and the others wait for its news.
 *
 * <p>In Redis a final state has one key. The other holds the lease of the replica that asks, and
 * then what it learned, until somebody may ask again.
 */
final class SharedFetches {

  /** After this long without a sign of life another replica may ask. */
  static final Duration LEASE = Duration.ofSeconds(3);

  /** A look that failed is not repeated by another replica for that long. */
  private static final Duration FAILURE = Duration.ofSeconds(1);

  private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
  private static final Duration NO_AGE = Duration.ofMillis(-1);

  /** The right to ask the vendor. */
  private static final class Lease {

    private final String token = UUID.randomUUID().toString();
    private volatile boolean isAnswered;
  }

  /** One look of this replica's. */
  private record Look(
      ImageId id, Supplier<CompletableFuture<Image>> ask, ContextSnapshot context, long start) {

    CompletableFuture<Image> askVendor() {
      try (ContextSnapshot.Scope _ = context.setThreadLocals()) {
        return ask.get();
      } catch (Throwable fault) {
        // An Error, too: else the lease would be kept for ever.
        return CompletableFuture.failedFuture(fault);
      }
    }
  }

  private static final Logger log = LoggerFactory.getLogger(SharedFetches.class);
  private static final ContextSnapshotFactory contexts = ContextSnapshotFactory.builder().build();

  private final Redis redis;
  private final RedisKeys names;
  private final ConcurrentHashMap<ImageId, Lease> leases = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<ImageId, CompletableFuture<ClusterMessage>> awaited =
      new ConcurrentHashMap<>();
  private final Counter own;
  private final Counter shared;
  private final Counter waited;
  private final Counter refused;

  SharedFetches(Redis redis, RedisKeys names, MeterRegistry meters) {
    this.redis = redis;
    this.names = names;
    this.own = looks("own", meters);
    this.shared = looks("shared", meters);
    this.waited = looks("awaited", meters);
    this.refused =
        Counter.builder("cloakroom.cluster.refused")
            .description("Values and messages in Redis that were not accepted")
            .register(meters);
  }

  private static Counter looks(String result, MeterRegistry meters) {
    return Counter.builder("cloakroom.cluster.looks")
        .description("Looks, by who had asked the vendor: this replica, or another, before or now")
        .tag("result", result)
        .register(meters);
  }

  CompletableFuture<ImageSnapshot> look(
      ImageId id, Duration maxAge, Supplier<CompletableFuture<Image>> ask) {
    return look(new Look(id, ask, contexts.captureAll(), System.nanoTime()), maxAge);
  }

  private CompletableFuture<ImageSnapshot> look(Look look, Duration maxAge) {
    if (System.nanoTime() - look.start() > LONGEST_WAIT.toNanos()) {
      return alone(look);
    }
    // From now on, as news may come before the answer does.
    CompletableFuture<ClusterMessage> news =
        awaited.computeIfAbsent(look.id(), _ -> new CompletableFuture<>());
    Lease lease = new Lease();
    return redis
        .run(
            Redis.LOOK,
            names.ofImage(look.id()),
            lease.token,
            LEASE.toMillis(),
            maxAge.toMillis(),
            ClusterMessage.LONGEST)
        .handle((answer, failure) -> failure == null ? answer : null)
        .thenCompose(answer -> goOn(look, maxAge, lease, answer, news));
  }

  private CompletableFuture<ImageSnapshot> goOn(
      Look look,
      Duration maxAge,
      Lease lease,
      @Nullable String answer,
      CompletableFuture<ClusterMessage> news) {
    if (answer == null) {
      awaited.remove(look.id(), news);
      // What took too long may have been granted all the same.
      return ask(look, lease);
    }
    String[] parts = answer.split(" ", 3);
    return switch (parts[1]) {
      case "yours" -> {
        awaited.remove(look.id(), news);
        yield ask(look, lease);
      }
      case "asked" -> await(look, maxAge, Duration.ofMillis(Long.parseLong(parts[2])), news);
      default -> {
        awaited.remove(look.id(), news);
        yield take(look, parts[2], Long.parseLong(parts[0]));
      }
    };
  }

  private CompletableFuture<ImageSnapshot> alone(Look look) {
    own.increment();
    return look.askVendor().thenApply(ImageSnapshot::now);
  }

  private CompletableFuture<ImageSnapshot> ask(Look look, Lease lease) {
    own.increment();
    leases.put(look.id(), lease);
    return look.askVendor()
        .whenComplete((_, failure) -> end(look.id(), lease, failure))
        .thenApply(ImageSnapshot::now);
  }

  private void end(ImageId id, Lease lease, @Nullable Throwable failure) {
    if (failure == null) {
      lease.isAnswered = true;
    } else if (leases.remove(id, lease)) {
      tell(lease, failed(id, failure), FAILURE, Duration.ZERO);
    }
  }

  /** Where the vendor was not even asked, another replica may have better luck. */
  private static ClusterMessage.OfImage failed(ImageId id, Throwable failure) {
    ProblemException problem = ProblemHandler.problemOf(failure);
    Duration wait = problem.retryAfter();
    boolean isVendors = problem.getCause() != null && problem.problem().isVendors();
    return isVendors && wait != null
        ? new ClusterMessage.Failed(id, problem.problem(), wait)
        : new ClusterMessage.Released(id);
  }

  /** What another replica knew; what makes no sense is replaced by a look of our own. */
  private CompletableFuture<ImageSnapshot> take(Look look, String value, long now) {
    ClusterMessage news = read(value, now);
    boolean isAbout =
        switch (news) {
          case ClusterMessage.Seen seen -> seen.id().equals(look.id());
          case ClusterMessage.Failed failed -> failed.id().equals(look.id());
          case null, default -> false;
        };
    if (news == null || !isAbout) {
      if (news != null) {
        refused.increment();
      }
      return look(look, NO_AGE);
    }
    shared.increment();
    return outcome(news, look);
  }

  private CompletableFuture<ImageSnapshot> await(
      Look look, Duration maxAge, Duration left, CompletableFuture<ClusterMessage> news) {
    return news.copy()
        .completeOnTimeout(
            new ClusterMessage.Released(look.id()), left.toMillis() + 1, TimeUnit.MILLISECONDS)
        .thenCompose(
            told -> {
              awaited.remove(look.id(), news);
              if (told instanceof ClusterMessage.Released) {
                return look(look, maxAge);
              }
              waited.increment();
              return outcome(told, look);
            });
  }

  private CompletableFuture<ImageSnapshot> outcome(ClusterMessage news, Look look) {
    return switch (news) {
      case ClusterMessage.Seen seen -> CompletableFuture.completedFuture(seen.sighting());
      case ClusterMessage.Failed failed ->
          CompletableFuture.failedFuture(failed.problem().retryAfter(failed.time(), null));
      default -> look(look, NO_AGE);
    };
  }

  private @Nullable ClusterMessage read(String value, long now) {
    try {
      return ClusterMessage.read(value, now).news();
    } catch (RuntimeException nonsense) {
      refuse(nonsense);
      return null;
    }
  }

  void refuse(RuntimeException nonsense) {
    refused.increment();
    log.debug("A value in Redis was not accepted", nonsense);
  }

  /** Ends the lease with which this was learned, if there is one. */
  void tell(ImageSnapshot learned, Duration left) {
    ImageId id = learned.image().id();
    Lease lease = leases.get(id);
    if (lease != null && lease.isAnswered && leases.remove(id, lease)) {
      tell(lease, new ClusterMessage.Seen(learned), left, learned.age());
    }
  }

  private void tell(Lease lease, ClusterMessage.OfImage news, Duration left, Duration age) {
    String text = names.newsOfMine(news);
    if (text.length() > ClusterMessage.LONGEST) {
      tell(lease, new ClusterMessage.Released(news.id()), Duration.ZERO, Duration.ZERO);
      return;
    }
    boolean isKept = left.toMillis() > 0;
    String kept =
        switch (news) {
          case ClusterMessage.Seen seen when isKept ->
              seen.sighting().image().isFinal() ? "final" : "unfinished";
          case ClusterMessage.Failed _ -> "unfinished";
          default -> "none";
        };
    var _ =
        redis.run(
            Redis.TELL,
            names.ofImage(news.id()),
            lease.token,
            kept,
            left.toMillis(),
            age.toMillis(),
            text,
            names.channel());
  }

  /** What a look under way will bring is told to nobody. */
  void drop(ImageId id) {
    leases.remove(id);
    hears(new ClusterMessage.Released(id));
  }

  void forget(ImageId id) {
    drop(id);
    var _ =
        redis.run(
            Redis.FORGET,
            names.ofImage(id),
            names.newsOfMine(new ClusterMessage.Forgotten(id)),
            names.channel());
  }

  /** Whether a look of this replica's waited for that. */
  boolean hears(ClusterMessage.OfImage news) {
    CompletableFuture<ClusterMessage> wait = awaited.remove(news.id());
    if (wait == null) {
      return false;
    }
    // Not on this thread, which brings news of other images, too.
    wait.completeAsync(() -> news, Thread::startVirtualThread);
    return true;
  }

  /** Keeps the leases of calls under way, or takes those that Redis does not have. */
  void extendLeases() {
    leases.forEach(
        (id, lease) -> {
          if (!lease.isAnswered) {
            var _ =
                redis.run(
                    Redis.EXTEND,
                    List.of(names.ofImage(id).getLast()),
                    lease.token,
                    LEASE.toMillis());
          }
        });
  }
}
