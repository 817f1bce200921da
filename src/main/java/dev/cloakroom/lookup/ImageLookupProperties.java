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
 * @param longestWait Time that a caller may wait for a final state; more is cut to that.
 * @param longestWatch Time after which an unfinished image is no longer looked at for those who
 *     wait; they are told how it stands, and may ask again.
 * @param heartbeat Time between two signs of life on an event stream; a client that reads nothing
 *     for twice as long is cut off.
 * @param mostWaiters Number of callers that may wait or listen, in all; those who only wait for a
 *     fetch count, too.
 * @param mostWaitersPerImage Number of callers that may wait for one image, or listen to it.
 * @param mostWaitersPerClient Number of callers that may wait or listen from one address.
 * @param trustedProxies Number of proxies before Cloakroom that each append an address to
 *     X-Forwarded-For; with 0 a client is the address of its connection.
 */
@Validated
@ConfigurationProperties(prefix = "cloakroom.lookup", ignoreUnknownFields = false)
record ImageLookupProperties(
    @DurationMin(millis = 1) @DefaultValue("25s") Duration timeout,
    @DurationMin(seconds = 1) @DefaultValue("60s") Duration longestWait,
    @DurationMin(seconds = 1) @DefaultValue("10m") Duration longestWatch,
    @DurationMin(seconds = 1) @DefaultValue("15s") Duration heartbeat,
    @Positive @DefaultValue("5000") int mostWaiters,
    @Positive @DefaultValue("2000") int mostWaitersPerImage,
    @Positive @DefaultValue("2000") int mostWaitersPerClient,
    @PositiveOrZero @Max(10) @DefaultValue("0") int trustedProxies) {}
