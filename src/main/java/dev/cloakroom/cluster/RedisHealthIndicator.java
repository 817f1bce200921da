package dev.cloakroom.cluster;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** Tells whether replicas share; readiness does not depend on it. */
record RedisHealthIndicator(RedisCluster cluster) implements HealthIndicator {

  @Override
  public Health health() {
    Health.Builder health = new Health.Builder().withDetail("replicas", cluster.replicas());
    String fault = cluster.fault();
    return fault == null
        ? health.up().build()
        : health
            .down()
            .withDetail("fault", fault)
            .withDetail(
                "action",
                "Check Redis, spring.data.redis.* and the network; until then each replica goes on"
                    + " alone.")
            .build();
  }
}
