package dev.cloakroom.cluster;

import dev.cloakroom.image.ImageId;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The rights of this replica to fetch images.
 *
 * <p>In Redis a final state has one key. Another has the lease of the replica that fetches, and
 * then what it learned, until the next fetch is due.
 */
final class Leases {

  /** A replica without a sign of life for this long loses its leases. */
  static final Duration TIME = Duration.ofSeconds(3);

  /** The right to fetch one image. */
  static final class Lease {

    private final String token = UUID.randomUUID().toString();
    private volatile boolean isFetched;
  }

  /** Redis's answer to a request for a lease. */
  sealed interface Answer {

    /** This replica fetches. */
    record Granted(Lease lease) implements Answer {}

    /** Another replica is fetching, and has its lease for at least that time. */
    record InProgress(Duration left) implements Answer {}

    /**
     * Another replica has fetched.
     *
     * @param now by Redis's clock, in milliseconds
     */
    record Known(String value, long now) implements Answer {}
  }

  /** A message for all replicas, and how long Redis keeps it. */
  record Publication(ClusterMessage.OfImage message, String kept, Duration left, Duration age) {}

  private final RedisScripts redis;
  private final RedisKeys keys;
  private final ConcurrentHashMap<ImageId, Lease> leases = new ConcurrentHashMap<>();

  Leases(RedisScripts redis, RedisKeys keys) {
    this.redis = redis;
    this.keys = keys;
  }

  /**
   * Requests a lease; without Redis it is granted.
   *
   * @param maxAge of a state for which none is needed
   */
  CompletableFuture<Answer> acquire(ImageId id, Duration maxAge) {
    Lease lease = new Lease();
    return redis
        .run(
            RedisScripts.ACQUIRE,
            keys.ofImage(id),
            lease.token,
            TIME.toMillis(),
            maxAge.toMillis(),
            ClusterMessageCodec.MAX_LENGTH)
        // What took too long may have been granted all the same.
        .handle(
            (reply, failure) -> failure == null ? parse(reply, lease) : new Answer.Granted(lease));
  }

  private static Answer parse(String reply, Lease lease) {
    String[] parts = reply.split(" ", 3);
    return switch (parts[1]) {
      case "granted" -> new Answer.Granted(lease);
      case "in-progress" -> new Answer.InProgress(Duration.ofMillis(Long.parseLong(parts[2])));
      default -> new Answer.Known(parts[2], Long.parseLong(parts[0]));
    };
  }

  /** Keeps the lease from expiring until its fetch has ended. */
  void begin(ImageId id, Lease lease) {
    leases.put(id, lease);
  }

  /** The fetch has brought a state, which is published next. */
  void fetched(Lease lease) {
    lease.isFetched = true;
  }

  /** Ends the lease of a fetch that has failed, and publishes that. */
  void release(ImageId id, Lease lease, Publication publication) {
    if (leases.remove(id, lease)) {
      send(lease, publication);
    }
  }

  /** Ends the lease under which a state was fetched, and publishes it; nothing without one. */
  void publish(ImageId id, Publication publication) {
    Lease lease = leases.get(id);
    if (lease != null && lease.isFetched && leases.remove(id, lease)) {
      send(lease, publication);
    }
  }

  private void send(Lease lease, Publication publication) {
    String text = ClusterMessageCodec.write(publication.message(), keys.replica());
    if (text.length() > ClusterMessageCodec.MAX_LENGTH) {
      ImageId id = publication.message().id();
      var released = new ClusterMessage.FetchReleased(id);
      send(lease, new Publication(released, "none", Duration.ZERO, Duration.ZERO));
      return;
    }
    var _ =
        redis.run(
            RedisScripts.PUBLISH,
            keys.ofImage(publication.message().id()),
            lease.token,
            publication.left().toMillis() > 0 ? publication.kept() : "none",
            publication.left().toMillis(),
            publication.age().toMillis(),
            text,
            keys.channel());
  }

  /** What a fetch under way will bring is published to nobody. */
  void evict(ImageId id) {
    leases.remove(id);
  }

  /** Extends the leases of fetches under way, and takes those that Redis has lost. */
  void extend() {
    leases.forEach(
        (id, lease) -> {
          if (!lease.isFetched) {
            var _ =
                redis.run(
                    RedisScripts.EXTEND,
                    List.of(keys.ofImage(id).getLast()),
                    lease.token,
                    TIME.toMillis());
          }
        });
  }
}
