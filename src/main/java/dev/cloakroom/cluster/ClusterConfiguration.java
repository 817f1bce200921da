package dev.cloakroom.cluster;

import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.resource.Delay;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.data.redis.autoconfigure.ClientResourcesBuilderCustomizer;
import org.springframework.boot.data.redis.autoconfigure.LettuceClientOptionsBuilderCustomizer;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

/** Makes the fleet of one, or that which shares through Redis; decided when the service starts. */
@Configuration(proxyBeanMethods = false)
class ClusterConfiguration {

  private static final Duration LONGEST_UNTIL_RECONNECT = Duration.ofSeconds(1);
  private static final int MOST_QUEUED = 2_000;

  @Bean
  Cluster cluster(
      ClusterProperties settings,
      ObjectProvider<ReactiveStringRedisTemplate> template,
      ObjectProvider<LettuceConnectionFactory> connections,
      MeterRegistry meters) {
    if (!settings.redis()) {
      return Cluster.alone();
    }
    var redis =
        new Redis(template.getObject(), connections.getObject(), settings.timeLimit(), meters);
    var names = new Names(settings.name(), UUID.randomUUID().toString());
    return new RedisCluster(redis, names, template.getObject(), meters);
  }

  /** None for a fleet of one; a condition would be settled when the image is built. */
  @Bean
  @Nullable HealthIndicator redisHealthIndicator(Cluster cluster) {
    return cluster instanceof RedisCluster redis ? new RedisHealthIndicator(redis) : null;
  }

  /** Fails at once without a connection, instead of queueing for one. */
  @Bean
  LettuceClientOptionsBuilderCustomizer failFast() {
    return options ->
        options
            .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
            .requestQueueSize(MOST_QUEUED);
  }

  @Bean
  ClientResourcesBuilderCustomizer reconnectSoon() {
    return resources -> resources.reconnectDelay(Delay.constant(LONGEST_UNTIL_RECONNECT));
  }
}
