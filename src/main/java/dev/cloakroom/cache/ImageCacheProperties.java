package dev.cloakroom.cache;

import jakarta.validation.constraints.Positive;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Settings of the image cache.
 *
 * @param maximumSize Number of images kept in memory.
 * @param ready Time a finished image is served without asking the vendor again.
 * @param failed Time a failed image is served without asking the vendor again.
 * @param missing Time an unknown id is remembered as unknown.
 * @param processing Time an unfinished image is served without asking the vendor again.
 */
@Validated
@ConfigurationProperties(prefix = "cloakroom.cache", ignoreUnknownFields = false)
record ImageCacheProperties(
    @Positive @DefaultValue("100000") long maximumSize,
    @DurationMin(seconds = 1) @DefaultValue("6h") Duration ready,
    @DurationMin(seconds = 1) @DefaultValue("45s") Duration failed,
    @DurationMin(seconds = 1) @DefaultValue("8s") Duration missing,
    @DurationMin(seconds = 1) @DefaultValue("2s") Duration processing) {}
