package dev.cloakroom.upstream.key;

/**
 * A key, and the name by which logs, metrics and health may call it.
 *
 * @param name its file's name, or its position in the settings, from 1
 */
public record NamedKey(String name, ApiKey key) {}
