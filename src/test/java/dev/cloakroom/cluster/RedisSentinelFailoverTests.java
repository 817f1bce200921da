package dev.cloakroom.cluster;

import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Replicas that are read while sentinels put a Redis in the place of one that is lost. */
class RedisSentinelFailoverTests {

  private static RedisNodes redis;
  private static SharingReplicas replicas;

  @BeforeAll
  static void startAll() {
    redis = RedisNodes.withSentinels();
    replicas =
        new SharingReplicas(
            Map.of(
                "spring.data.redis.sentinel.master",
                "images",
                "spring.data.redis.sentinel.nodes",
                redis.sentinelAddresses()));
    replicas.awaitSharing(SharingReplicas::newId);
  }

  @AfterAll
  static void endAll() {
    if (replicas != null) {
      replicas.close();
    }
    if (redis != null) {
      redis.close();
    }
  }

  @Test
  void survivesLossOfTheMaster() {
    replicas.failNobodyWhileIsKilled(redis.first(), redis, SharingReplicas::newId);
  }
}
