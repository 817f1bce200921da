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
 * @param redis Whether replicas share through Redis, which spring.data.redis.* tells how to reach.
 * @param name Name of the fleet; fleets that share a Redis but not a vendor need different ones.
 * @param timeLimit Time limit for a round trip to Redis; past it a replica goes on alone.
 */
@Validated
@ConfigurationProperties(prefix = "cloakroom.cluster", ignoreUnknownFields = false)
record ClusterProperties(
    @DefaultValue("false") boolean redis,
    @Pattern(regexp = "[A-Za-z0-9-]{1,40}") @DefaultValue("images") String name,
    @DurationMin(millis = 1) @DefaultValue("50ms") Duration timeLimit) {}
