package dev.cloakroom.sandbox;

import com.redis.testcontainers.RedisContainer;
import dev.cloakroom.CloakroomApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.testcontainers.utility.DockerImageName;

/**
 * Two replicas that share a Redis, for people without a key: {@code ./mvnw spring-boot:test-run
 * -Dspring-boot.run.main-class=dev.cloakroom.sandbox.FleetSandbox}.
 */
public class FleetSandbox {

  private static final DockerImageName REDIS =
      DockerImageName.parse("docker.io/library/redis:8").asCompatibleSubstituteFor("redis");

  /** Starts them at 8080 and 8090, against a vendor in this process. */
  public static void main(String[] args) {
    SandboxVendor vendor = new SandboxVendor();
    RedisContainer redis = new RedisContainer(REDIS);
    redis.start();
    start(8080, vendor, redis);
    start(8090, vendor, redis);
  }

  private static void start(int port, SandboxVendor vendor, RedisContainer redis) {
    new SpringApplicationBuilder(CloakroomApplication.class)
        .run(
            "--server.port=" + port,
            "--management.server.port=" + (port + 1),
            "--cloakroom.upstream.base-url=" + vendor.baseUrl(),
            "--cloakroom.upstream.keys=sandbox-key",
            "--cloakroom.upstream.refused-key-retry=5s",
            "--cloakroom.cluster.redis=true",
            "--spring.data.redis.host=" + redis.getRedisHost(),
            "--spring.data.redis.port=" + redis.getRedisPort());
  }
}
