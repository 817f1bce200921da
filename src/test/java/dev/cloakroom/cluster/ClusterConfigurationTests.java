package dev.cloakroom.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.ServiceTests;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.core.RedisOperations;

class ClusterConfigurationTests extends ServiceTests {

  @Test
  void hasNoClientOfRedisWhereNothingIsShared(@Autowired ListableBeanFactory beans) {
    assertThat(beans.getBean(SharedFetches.class)).isNotInstanceOf(RedisFetches.class);
    assertThat(beans.getBeansOfType(RedisConnectionFactory.class)).isEmpty();
    assertThat(beans.getBeansOfType(RedisOperations.class)).isEmpty();
    assertThat(beans.getBeanDefinitionNames()).noneMatch(name -> name.matches("(?i).*lettuce.*"));
  }
}
