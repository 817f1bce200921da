package dev.cloakroom.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.Vendor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two replicas, and a limit of six new images a minute. */
class SharedBudgetTests {

  private static final AtomicLong lastId = new AtomicLong(830_000_000);

  @TempDir private static Path directory;

  @Test
  void countsAtAllReplicasTogetherAndEachItsShareWithoutRedis() {
    var vendor = new Vendor();
    try (RedisNode redis = new RedisNode(directory);
        Replica one = start(vendor, redis);
        Replica two = start(vendor, redis)) {
      await()
          .atMost(Duration.ofSeconds(20))
          .until(
              () ->
                  List.of(one, two).stream()
                      .allMatch(replica -> replica.metric("cloakroom_cluster_replicas") == 2));
      List<String> known = new ArrayList<>();

      List<Integer> statuses = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        known.add(newId(vendor));
        statuses.add(get(one, known.getLast(), "10.0.0.1").status());
        statuses.add(get(two, newId(vendor), "10.0.0.1").status());
      }

      assertThat(statuses).containsExactly(200, 200, 200, 200, 200, 200, 429, 429);
      // What another replica knows is no new image, and no other client is concerned.
      assertThat(get(two, known.getFirst(), "10.0.0.1").status()).isEqualTo(200);
      assertThat(get(two, newId(vendor), "10.0.0.2").status()).isEqualTo(200);
      assertThat(vendor.calls()).isEqualTo(7);

      redis.kill();
      await().atMost(Duration.ofSeconds(20)).until(() -> !one.shares());

      List<Integer> alone = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        alone.add(get(one, newId(vendor), "10.0.0.3").status());
      }
      assertThat(alone).containsExactly(200, 200, 200, 429);
    }
  }

  private static Replica start(Vendor vendor, RedisNode redis) {
    return Replica.start(
        vendor,
        Map.of(
            "spring.data.redis.host", "127.0.0.1",
            "spring.data.redis.port", Integer.toString(redis.port()),
            "cloakroom.access.new-images-per-minute", "6",
            "cloakroom.lookup.trusted-proxies", "1"));
  }

  private static String newId(Vendor vendor) {
    String id = Long.toString(lastId.incrementAndGet());
    vendor.answers(id, Vendor.ready(id));
    return id;
  }

  private static Answer get(Replica replica, String id, String client) {
    return replica.service().get("/images/" + id, "X-Forwarded-For", client);
  }
}
