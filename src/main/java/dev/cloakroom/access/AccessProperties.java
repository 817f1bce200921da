package dev.cloakroom.access;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Settings of who may ask.
 *
 * @param callerDirectory Directory with one secret per file, named after its caller, such as a
 *     mounted Kubernetes Secret; without it everybody may ask.
 */
@ConfigurationProperties(prefix = "cloakroom.access", ignoreUnknownFields = false)
record AccessProperties(@Nullable Path callerDirectory) {}
