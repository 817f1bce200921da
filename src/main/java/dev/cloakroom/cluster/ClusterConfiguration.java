package dev.cloakroom.cluster;

import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.resource.Delay;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.springframework.beans.factory.support.BeanDefinitionRegistryPostProcessor;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.data.redis.autoconfigure.ClientResourcesBuilderCustomizer;
import org.springframework.boot.data.redis.autoconfigure.LettuceClientOptionsBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Fallback;
import org.springframework.core.env.Environment;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

/** Makes the fleet of one, or that which shares through Redis; decided when the service starts. */
@Configuration(proxyBeanMethods = false)
class ClusterConfiguration {

  private static final Duration LONGEST_UNTIL_RECONNECT = Duration.ofSeconds(1);
  private static final int MOST_QUEUED = 2_000;
  private static final Pattern OF_REDIS = Pattern.compile("(?i)redis|lettuce");

  /**
   * Removes all beans that are named after Redis, Boot's and those below, where nothing is shared.
   *
   * <p>A condition would be settled when the image is built; unused, they would take it 10 MiB and
   * a tenth of its start.
   */
  @Bean
  static BeanDefinitionRegistryPostProcessor sharesOnlyIfAsked(Environment environment) {
    return registry -> {
      if (!Binder.get(environment).bind("cloakroom.cluster.redis", boolean.class).orElse(false)) {
        Stream.of(registry.getBeanDefinitionNames())
            .filter(name -> OF_REDIS.matcher(name).find())
            .forEach(registry::removeBeanDefinition);
      }
    };
  }

  @Bean
  @Fallback
  Cluster alone() {
    return Cluster.alone();
  }

  @Bean
  RedisCluster redisCluster(
      ClusterProperties settings,
      ReactiveStringRedisTemplate template,
      LettuceConnectionFactory connections,
      MeterRegistry meters) {
    var redis = new Redis(template, connections, settings.timeLimit(), meters);
    var names = new RedisKeys(settings.name(), UUID.randomUUID().toString());
    return new RedisCluster(redis, names, template, meters);
  }

  @Bean
  RedisHealthIndicator redisHealthIndicator(RedisCluster cluster) {
    return new RedisHealthIndicator(cluster);
  }

  /** Fails at once without a connection, instead of queueing for one. */
  @Bean
  LettuceClientOptionsBuilderCustomizer redisFailsFast() {
    return options ->
        options
            .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
            .requestQueueSize(MOST_QUEUED);
  }

  @Bean
  ClientResourcesBuilderCustomizer redisReconnectsSoon() {
    return resources -> resources.reconnectDelay(Delay.constant(LONGEST_UNTIL_RECONNECT));
  }
}
