package dev.cloakroom.cluster;

import java.util.BitSet;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Replicas that are read while a Redis Cluster loses a master, and a replica takes its place. */
class RedisClusterFailoverTests {

  private static RedisNodes redis;
  private static SharingReplicas replicas;

  @BeforeAll
  static void startAll() {
    redis = RedisNodes.cluster(1);
    replicas = new SharingReplicas(Map.of("spring.data.redis.cluster.nodes", redis.addresses()));
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
  void survivesLossOfTheMasterThatHasTheFleet() {
    replicas.failNobodyWhileIsKilled(fleetsMaster(), redis, SharingReplicas::newId);
  }

  @Test
  void survivesLossOfMasterThatHasImages() {
    RedisNode master = redis.otherMasterThan(fleetsMaster());
    BitSet slots = RedisNodes.slotsOf(master);

    replicas.failNobodyWhileIsKilled(master, redis, () -> SharingReplicas.newIdWithin(slots));
  }

  private static RedisNode fleetsMaster() {
    return redis.masterOf(SharingReplicas.GROUP_KEY);
  }
}
