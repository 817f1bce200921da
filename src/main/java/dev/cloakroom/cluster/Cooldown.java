package dev.cloakroom.cluster;

import dev.cloakroom.problem.Problem;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Something that all replicas leave alone for a while.
 *
 * @param name letters, digits, colons and hyphens; no secret
 * @param problem why; null where it works again
 */
public record Cooldown(String name, @Nullable Problem problem, Duration time) {}
