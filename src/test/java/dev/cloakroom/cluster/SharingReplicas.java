package dev.cloakroom.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cloakroom.image.ImageId;
import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.Canary;
import dev.cloakroom.testsupport.Vendor;
import io.lettuce.core.cluster.SlotHash;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.awaitility.core.ConditionFactory;

/** Three replicas that share a Redis which stands in for itself, and the vendor that they ask. */
final class SharingReplicas implements AutoCloseable {

  private static final RedisKeys NAMES = new RedisKeys("images", "none");

  /** One of the keys that all replicas need. */
  static final String GROUP_KEY = NAMES.ofGroup().getFirst();

  private static final String PROCESSING = "{\"status\":\"processing\",\"output\":[]}";
  private static final String READY =
      "{\"status\":\"success\",\"output\":[\"https://cdn.example/a.png\"]}";
  private static final int VENDOR_MILLIS = 300;
  private static final Duration WITHIN = Duration.ofSeconds(20);
  private static final AtomicLong lastId = new AtomicLong(810_000_000);

  private final Vendor vendor = new Vendor();
  private final List<Replica> replicas = new ArrayList<>();

  /** With settings that say where Redis is. */
  SharingReplicas(Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(settings);
    all.put("cloakroom.cluster.command-timeout", "500ms");
    // As the chart sets in any case.
    all.put("spring.data.redis.host", "unused.invalid");
    vendor.answersAll(Canary.KEY, Vendor.json(READY).withFixedDelay(VENDOR_MILLIS));
    for (int i = 0; i < 3; i++) {
      replicas.add(Replica.start(vendor, all));
    }
  }

  List<Replica> all() {
    return replicas;
  }

  Vendor vendor() {
    return vendor;
  }

  static String newId() {
    return Long.toString(lastId.incrementAndGet());
  }

  /** Of an image that a cluster keeps in one of those slots. */
  static String newIdWithin(BitSet slots) {
    return Stream.generate(SharingReplicas::newId)
        .filter(id -> slots.get(SlotHash.getSlot(NAMES.ofImage(new ImageId(id)).getFirst())))
        .findFirst()
        .orElseThrow();
  }

  private static ConditionFactory awaitSoon() {
    return await().atMost(WITHIN).pollInterval(Duration.ofMillis(200));
  }

  /** As one, for these images, too. */
  void awaitSharing(Supplier<String> ids) {
    awaitSoon().until(() -> replicas.stream().allMatch(Replica::shares));
    awaitSoon()
        .until(() -> replicas.stream().allMatch(r -> r.metric("cloakroom_cluster_replicas") == 3));
    awaitSoon().untilAsserted(() -> assertAskOnce(ids.get()));
  }

  /** All at once; those who wait for another's fetch get its outcome, and do not find it later. */
  private void assertAskOnce(String id) {
    long start = System.nanoTime();
    askAll(id);
    Duration time = Duration.ofNanos(System.nanoTime() - start);

    assertThat(vendor.calls(id)).hasSize(1);
    assertThat(time).isLessThan(Leases.TIME.minusMillis(500));
  }

  /** All at once; it is ready. */
  void askAll(String id) {
    List<CompletableFuture<Answer>> answers =
        replicas.stream()
            .map(replica -> replica.service().sendAsync("GET", "/images/" + id))
            .toList();
    assertThat(answers).extracting(answer -> answer.join().status()).containsOnly(200);
  }

  /**
   * Reads a running job and new images meanwhile.
   *
   * @param ids of images that the loss concerns
   */
  void failNobodyWhileIsKilled(RedisNode master, RedisNodes redis, Supplier<String> ids) {
    String job = newId();
    vendor.answers(job, PROCESSING);
    List<Readers.Read> reads;
    try (var readers = new Readers(replicas, () -> job, ids, SharingReplicas::newId)) {
      await().until(() -> vendor.calls(job).size() >= 2);

      master.kill();
      long loss = System.currentTimeMillis();
      awaitSoon().until(() -> redis.membersSince(GROUP_KEY, loss) == replicas.size());
      awaitSharing(ids);
      assertThat(System.currentTimeMillis() - loss).isLessThan(WITHIN.toMillis());
      vendor.answers(job, Vendor.ready(job));
      await().until(() -> replicas.stream().allMatch(replica -> isReady(replica, job)));
      reads = readers.reads();
    }

    assertThat(reads).isNotEmpty().allMatch(Readers.Read::hasState);
  }

  private static boolean isReady(Replica replica, String id) {
    return replica.service().get("/images/" + id).status() == 200;
  }

  @Override
  public void close() {
    replicas.forEach(Replica::close);
  }
}
