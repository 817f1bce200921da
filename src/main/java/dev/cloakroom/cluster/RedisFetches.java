package dev.cloakroom.cluster;

import dev.cloakroom.cluster.Leases.Lease;
import dev.cloakroom.cluster.Leases.Publication;
import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.image.ImageSnapshot;
import dev.cloakroom.problem.ProblemException;
import io.micrometer.context.ContextSnapshot;
import io.micrometer.context.ContextSnapshotFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Shares fetches through Redis: one replica at a time fetches an image, the others wait for it. */
final class RedisFetches implements SharedFetches {

  /** A fetch that failed is not repeated by another replica for that long. */
  private static final Duration FAILURE = Duration.ofSeconds(1);

  private static final Duration MAX_WAIT = Duration.ofSeconds(30);

  /** Older than nothing is. */
  private static final Duration NO_AGE = Duration.ofMillis(-1);

  /** One fetch of this replica's. */
  private record Fetch(
      ImageId id, Supplier<CompletableFuture<Image>> source, ContextSnapshot context, long start) {

    CompletableFuture<Image> run() {
      try (ContextSnapshot.Scope _ = context.setThreadLocals()) {
        return source.get();
      } catch (Throwable fault) {
        // An Error, too: else the lease would be kept for ever.
        return CompletableFuture.failedFuture(fault);
      }
    }
  }

  private static final Logger log = LoggerFactory.getLogger(RedisFetches.class);
  private static final ContextSnapshotFactory contexts = ContextSnapshotFactory.builder().build();

  private final RedisScripts redis;
  private final RedisKeys keys;
  private final Leases leases;
  private final ClusterMetrics metrics;
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private final ConcurrentHashMap<ImageId, CompletableFuture<ClusterMessage>> awaited =
      new ConcurrentHashMap<>();

  RedisFetches(RedisScripts redis, RedisKeys keys, ClusterMetrics metrics) {
    this.redis = redis;
    this.keys = keys;
    this.leases = new Leases(redis, keys);
    this.metrics = metrics;
  }

  @Override
  public void addListener(Listener listener) {
    listeners.add(listener);
  }

  @Override
  public CompletableFuture<ImageSnapshot> fetch(
      ImageId id, Duration maxAge, Supplier<CompletableFuture<Image>> source) {
    return fetch(new Fetch(id, source, contexts.captureAll(), System.nanoTime()), maxAge);
  }

  private CompletableFuture<ImageSnapshot> fetch(Fetch fetch, Duration maxAge) {
    if (System.nanoTime() - fetch.start() > MAX_WAIT.toNanos()) {
      metrics.countOwnFetch();
      return fetch.run().thenApply(ImageSnapshot::now);
    }
    // From now on, as a message may come before the answer does.
    CompletableFuture<ClusterMessage> message =
        awaited.computeIfAbsent(fetch.id(), _ -> new CompletableFuture<>());
    return leases
        .acquire(fetch.id(), maxAge)
        .thenCompose(answer -> proceed(fetch, maxAge, answer, message));
  }

  private CompletableFuture<ImageSnapshot> proceed(
      Fetch fetch,
      Duration maxAge,
      Leases.Answer answer,
      CompletableFuture<ClusterMessage> message) {
    return switch (answer) {
      case Leases.Answer.Granted(Lease lease) -> {
        awaited.remove(fetch.id(), message);
        yield fetchUnder(lease, fetch);
      }
      case Leases.Answer.InProgress(Duration left) -> await(fetch, maxAge, left, message);
      case Leases.Answer.Known(String value, long now) -> {
        awaited.remove(fetch.id(), message);
        yield take(fetch, value, now);
      }
    };
  }

  private CompletableFuture<ImageSnapshot> fetchUnder(Lease lease, Fetch fetch) {
    metrics.countOwnFetch();
    leases.begin(fetch.id(), lease);
    return fetch
        .run()
        .whenComplete(
            (_, failure) -> {
              if (failure == null) {
                leases.fetched(lease);
              } else {
                leases.release(fetch.id(), lease, failed(fetch.id(), failure));
              }
            })
        .thenApply(ImageSnapshot::now);
  }

  /** Where no call was made, another replica may succeed. */
  private static Publication failed(ImageId id, Throwable failure) {
    ProblemException problem = ProblemException.of(failure);
    Duration wait = problem.retryAfter();
    boolean isVendors = problem.getCause() != null && problem.problem().isVendors();
    ClusterMessage.OfImage message =
        isVendors && wait != null
            ? new ClusterMessage.FetchFailed(id, problem.problem(), wait)
            : new ClusterMessage.FetchReleased(id);
    String kept = message instanceof ClusterMessage.FetchFailed ? "unfinished" : "none";
    return new Publication(message, kept, FAILURE, Duration.ZERO);
  }

  /** What another replica knew; a value that is not valid is replaced by an own fetch. */
  private CompletableFuture<ImageSnapshot> take(Fetch fetch, String value, long now) {
    ClusterMessage message = read(value, now);
    if (message instanceof ClusterMessage.Outcome known && known.id().equals(fetch.id())) {
      metrics.countSharedFetch();
      return outcome(known, fetch);
    }
    if (message != null) {
      metrics.countInvalid();
    }
    return fetch(fetch, NO_AGE);
  }

  private CompletableFuture<ImageSnapshot> await(
      Fetch fetch, Duration maxAge, Duration left, CompletableFuture<ClusterMessage> message) {
    return message
        .copy()
        .completeOnTimeout(
            new ClusterMessage.FetchReleased(fetch.id()),
            left.toMillis() + 1,
            TimeUnit.MILLISECONDS)
        .thenCompose(
            received -> {
              awaited.remove(fetch.id(), message);
              if (received instanceof ClusterMessage.FetchReleased) {
                return fetch(fetch, maxAge);
              }
              metrics.countAwaitedFetch();
              return outcome(received, fetch);
            });
  }

  private CompletableFuture<ImageSnapshot> outcome(ClusterMessage message, Fetch fetch) {
    return switch (message) {
      case ClusterMessage.Learned(ImageSnapshot snapshot) ->
          CompletableFuture.completedFuture(snapshot);
      case ClusterMessage.FetchFailed failed ->
          CompletableFuture.failedFuture(failed.problem().retryAfter(failed.retryAfter(), null));
      default -> fetch(fetch, NO_AGE);
    };
  }

  private @Nullable ClusterMessage read(String value, long now) {
    try {
      return ClusterMessageCodec.read(value, now).message();
    } catch (RuntimeException invalid) {
      reject(invalid);
      return null;
    }
  }

  /** For a value or message that is not valid. */
  void reject(RuntimeException invalid) {
    metrics.countInvalid();
    log.debug("A value in Redis was not accepted", invalid);
  }

  @Override
  public void publish(ImageSnapshot learned, Duration left) {
    String kept = learned.image().isFinal() ? "final" : "unfinished";
    leases.publish(
        learned.image().id(),
        new Publication(new ClusterMessage.Learned(learned), kept, left, learned.age()));
  }

  @Override
  public void purge(ImageId id) {
    evict(id);
    var _ =
        redis.run(
            RedisScripts.PURGE,
            keys.ofImage(id),
            ClusterMessageCodec.write(new ClusterMessage.Purged(id), keys.replica()),
            keys.channel());
  }

  private void evict(ImageId id) {
    leases.evict(id);
    complete(new ClusterMessage.FetchReleased(id));
  }

  /** A message of another replica. */
  void onMessage(ClusterMessage.OfImage message) {
    switch (message) {
      case ClusterMessage.Purged(ImageId id) -> {
        listeners.forEach(listener -> listener.purged(id));
        evict(id);
      }
      case ClusterMessage.Learned(ImageSnapshot snapshot) -> {
        if (!complete(message)) {
          listeners.forEach(listener -> listener.learned(snapshot));
        }
      }
      case ClusterMessage.FetchFailed _, ClusterMessage.FetchReleased _ -> complete(message);
    }
  }

  /** Whether a fetch of this replica's waited for it. */
  private boolean complete(ClusterMessage.OfImage message) {
    CompletableFuture<ClusterMessage> wait = awaited.remove(message.id());
    if (wait == null) {
      return false;
    }
    // Not on this thread, which receives messages about other images, too.
    wait.completeAsync(() -> message, Thread::startVirtualThread);
    return true;
  }

  void extendLeases() {
    leases.extend();
  }
}
