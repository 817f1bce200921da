package dev.cloakroom.cluster;

import dev.cloakroom.CloakroomApplication;
import dev.cloakroom.testsupport.Caller;
import dev.cloakroom.testsupport.Canary;
import dev.cloakroom.testsupport.Vendor;
import java.util.HashMap;
import java.util.Map;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** The whole service in this process, as one of several that share a Redis. */
record Replica(ConfigurableApplicationContext context) implements AutoCloseable {

  static Replica start(Vendor vendor, RedisServer redis, Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(settings);
    all.put("spring.data.redis.host", redis.host());
    all.put("spring.data.redis.port", Integer.toString(redis.port()));
    return start(vendor, all);
  }

  /** With settings that say where Redis is. */
  static Replica start(Vendor vendor, Map<String, String> settings) {
    Map<String, Object> all =
        new HashMap<>(
            Map.of(
                "server.port", "0",
                "management.server.port", "0",
                "cloakroom.upstream.base-url", vendor.baseUrl(),
                "cloakroom.upstream.retry-budget", "0",
                "CLOAKROOM_API_KEY", Canary.KEY,
                "cloakroom.cluster.enabled", "true",
                // A busy machine is no reason to ask the vendor twice.
                "cloakroom.cluster.command-timeout", "1s",
                "logging.config", "classpath:canary-logback.xml"));
    all.putAll(settings);
    // As defaults, which Spring does not log.
    return new Replica(
        new SpringApplicationBuilder(CloakroomApplication.class)
            .properties(all)
            .run("--server.port=0", "--management.server.port=0"));
  }

  Caller service() {
    return new Caller(port("local.server.port"));
  }

  Caller management() {
    return Caller.ofUndescribed(port("local.management.port"));
  }

  private int port(String property) {
    return context.getEnvironment().getRequiredProperty(property, Integer.class);
  }

  /** A metric's value, by the beginning of its line. */
  double metric(String name) {
    return management().metric(name);
  }

  boolean shares() {
    return metric("cloakroom_cluster_up") == 1;
  }

  @Override
  public void close() {
    context.close();
  }
}
