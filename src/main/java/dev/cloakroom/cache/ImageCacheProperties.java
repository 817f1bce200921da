package dev.cloakroom.cache;

import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * Settings of the image cache.
 *
 * @param maxSize Memory that remembered images may take.
 * @param ready Time a finished image is fresh.
 * @param failed Time a failed image is fresh.
 * @param missing Time an unknown id is remembered as unknown.
 * @param minProcessing Time an unfinished image is fresh at first; it grows with the job's age.
 * @param maxProcessing Time an unfinished image is fresh at most.
 * @param staleReady Time past its freshness for which a finished image is still served.
 * @param staleOthers Time past its freshness for which any other state is still served.
 * @param noCacheFloor Time between two fetches of an image that is not finished, where callers ask
 *     for it with no-cache.
 * @param noCacheFloorReady Time between two fetches of a finished image that callers ask for with
 *     no-cache.
 * @param maxBackoff Time at most between two fetches of an image while fetches fail.
 */
@Validated
@ConfigurationProperties(prefix = "cloakroom.cache", ignoreUnknownFields = false)
record ImageCacheProperties(
    @DefaultValue("64MB") DataSize maxSize,
    @DurationMin(seconds = 1) @DefaultValue("6h") Duration ready,
    @DurationMin(seconds = 1) @DefaultValue("45s") Duration failed,
    @DurationMin(seconds = 1) @DefaultValue("8s") Duration missing,
    @DurationMin(millis = 100) @DefaultValue("1s") Duration minProcessing,
    @DurationMin(millis = 100) @DefaultValue("15s") Duration maxProcessing,
    @DurationMin(seconds = 0) @DefaultValue("18h") Duration staleReady,
    @DurationMin(seconds = 0) @DefaultValue("10m") Duration staleOthers,
    @DurationMin(millis = 100) @DefaultValue("1s") Duration noCacheFloor,
    @DurationMin(millis = 100) @DefaultValue("1m") Duration noCacheFloorReady,
    @DurationMin(seconds = 1) @DefaultValue("1m") Duration maxBackoff) {}
