package dev.cloakroom.lookup;

import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Settings of GET /images/{id}.
 *
 * @param timeout Time limit for an answer; a call that others share goes on without the caller.
 */
@Validated
@ConfigurationProperties(prefix = "cloakroom.lookup", ignoreUnknownFields = false)
record ImageLookupProperties(@DurationMin(millis = 1) @DefaultValue("25s") Duration timeout) {}
