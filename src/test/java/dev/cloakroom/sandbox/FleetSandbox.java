package dev.cloakroom.sandbox;

import com.redis.testcontainers.RedisContainer;
import dev.cloakroom.cluster.RedisServer;

/**
 * Two replicas that share a Redis, for people without a key: {@code ./mvnw spring-boot:test-run
 * -Dspring-boot.run.arguments=fleet}.
 */
class FleetSandbox {

  private FleetSandbox() {}

  /** Starts them at 8080 and 8090, with a Redis in a container. */
  static void start() {
    RedisContainer redis = new RedisContainer(RedisServer.IMAGE);
    redis.start();
    // Not before, as it would keep a process alive that has no Redis.
    SandboxVendor vendor = new SandboxVendor();
    start(8080, vendor, redis);
    start(8090, vendor, redis);
  }

  private static void start(int port, SandboxVendor vendor, RedisContainer redis) {
    String[] settings = {
      "--server.port=" + port,
      "--management.server.port=" + (port + 1),
      "--cloakroom.cluster.enabled=true",
      "--spring.data.redis.host=" + redis.getRedisHost(),
      "--spring.data.redis.port=" + redis.getRedisPort()
    };
    Sandbox.start(vendor, settings);
  }
}
