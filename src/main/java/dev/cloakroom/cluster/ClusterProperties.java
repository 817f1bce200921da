package dev.cloakroom.cluster;

import jakarta.validation.constraints.Pattern;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Settings of what replicas share.
 *
 * @param enabled Whether replicas share through Redis; spring.data.redis.* has its address.
 * @param name Name of the group of replicas; groups that share a Redis but no account need
 *     different ones.
 * @param commandTimeout Time limit for a round trip to Redis; past it a replica continues alone.
 */
@Validated
@ConfigurationProperties(prefix = "cloakroom.cluster", ignoreUnknownFields = false)
record ClusterProperties(
    @DefaultValue("false") boolean enabled,
    @Pattern(regexp = "[A-Za-z0-9-]{1,40}") @DefaultValue("images") String name,
    @DurationMin(millis = 1) @DefaultValue("50ms") Duration commandTimeout) {}
