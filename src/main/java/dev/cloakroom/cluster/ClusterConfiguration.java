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
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Fallback;
import org.springframework.core.env.Environment;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

/** Makes what replicas share, alone or through Redis; decided when the service starts. */
@Configuration(proxyBeanMethods = false)
class ClusterConfiguration {

  private static final Duration RECONNECT_DELAY = Duration.ofSeconds(1);
  private static final int MAX_QUEUED = 2_000;
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
      if (!Binder.get(environment).bind("cloakroom.cluster.enabled", boolean.class).orElse(false)) {
        Stream.of(registry.getBeanDefinitionNames())
            .filter(name -> OF_REDIS.matcher(name).find())
            .forEach(registry::removeBeanDefinition);
      }
    };
  }

  @Bean
  @Fallback
  SharedFetches fetchesAlone() {
    return SharedFetches.alone();
  }

  @Bean
  @Fallback
  SharedCooldowns cooldownsAlone() {
    return SharedCooldowns.alone();
  }

  @Bean
  @Fallback
  SharedRate rateAlone() {
    return SharedRate.alone();
  }

  @Bean
  @Fallback
  SharedBudget budgetAlone() {
    return SharedBudget.alone();
  }

  @Bean
  ClusterMetrics redisMetrics(MeterRegistry meters) {
    return new ClusterMetrics(meters);
  }

  @Bean
  RedisKeys redisKeys(ClusterProperties settings) {
    return new RedisKeys(settings.name(), UUID.randomUUID().toString());
  }

  @Bean
  RedisScripts redisScripts(
      ClusterProperties settings,
      ReactiveStringRedisTemplate template,
      LettuceConnectionFactory connections,
      ClusterMetrics metrics) {
    return new RedisScripts(template, connections, settings.commandTimeout(), metrics);
  }

  @Bean
  RedisFetches redisFetches(RedisScripts redis, RedisKeys keys, ClusterMetrics metrics) {
    return new RedisFetches(redis, keys, metrics);
  }

  @Bean
  RedisCooldowns redisCooldowns(RedisScripts redis, RedisKeys keys) {
    return RedisCooldowns.through(redis, keys);
  }

  @Bean
  RedisRate redisRate(RedisScripts redis, RedisKeys keys) {
    return new RedisRate(redis, keys);
  }

  @Bean
  RedisBudget redisBudget(RedisScripts redis, RedisKeys keys) {
    return new RedisBudget(redis, keys);
  }

  @Bean
  Heartbeat redisHeartbeat(
      RedisScripts redis,
      RedisKeys keys,
      ReactiveStringRedisTemplate template,
      RedisFetches fetches,
      RedisCooldowns cooldowns) {
    return new Heartbeat(redis, keys, template, fetches, cooldowns);
  }

  /** Whether replicas share; readiness does not depend on it. */
  @Bean
  HealthIndicator redisHealthIndicator(RedisScripts redis) {
    return () -> {
      Health.Builder health = new Health.Builder().withDetail("replicas", redis.replicas());
      String fault = redis.fault();
      return fault == null
          ? health.up().build()
          : health
              .down()
              .withDetail("fault", fault)
              .withDetail(
                  "action",
                  "Check Redis, spring.data.redis.* and the network; until then each replica"
                      + " continues alone.")
              .build();
    };
  }

  /** Fails at once without a connection, instead of queueing for one. */
  @Bean
  LettuceClientOptionsBuilderCustomizer redisFailsFast() {
    return options ->
        options
            .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
            .requestQueueSize(MAX_QUEUED);
  }

  @Bean
  ClientResourcesBuilderCustomizer redisReconnectsSoon() {
    return resources -> resources.reconnectDelay(Delay.constant(RECONNECT_DELAY));
  }
}
