package dev.cloakroom.lookup;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Positive;
import jakarta.validation.constraints.PositiveOrZero;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Settings of GET /images/{id} and of its events.
 *
 * @param timeout Time limit for an answer; a call that others share goes on without the caller.
 * @param maxWait Time that a caller may wait for a final state; more is cut to that.
 * @param maxPollTime Time after which an unfinished image is no longer fetched for those who wait;
 *     they get its state, and may ask again.
 * @param heartbeat Time between two signs of life on an event stream; a client that reads nothing
 *     for twice as long is cut off.
 * @param maxWaiters Number of callers that may wait, in all, for a final state, for events or for a
 *     fetch.
 * @param maxWaitersPerImage Number of callers that may wait for one image.
 * @param maxWaitersPerClient Number of callers that may wait from one client: a caller with a name,
 *     or else an address.
 * @param trustedProxies Number of proxies before Cloakroom that each append an address to
 *     X-Forwarded-For; with 0 a client is the address of its connection.
 */
@Validated
@ConfigurationProperties(prefix = "cloakroom.lookup", ignoreUnknownFields = false)
public record ImageLookupProperties(
    @DurationMin(millis = 1) @DefaultValue("25s") Duration timeout,
    @DurationMin(seconds = 1) @DefaultValue("60s") Duration maxWait,
    @DurationMin(seconds = 1) @DefaultValue("10m") Duration maxPollTime,
    @DurationMin(seconds = 1) @DefaultValue("15s") Duration heartbeat,
    @Positive @DefaultValue("5000") int maxWaiters,
    @Positive @DefaultValue("2000") int maxWaitersPerImage,
    @Positive @DefaultValue("2000") int maxWaitersPerClient,
    @PositiveOrZero @Max(10) @DefaultValue("0") int trustedProxies) {}
