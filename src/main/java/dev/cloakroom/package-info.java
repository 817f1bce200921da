/**
 * Cloakroom, package by package: {@code server} runs Jetty, {@code api} speaks HTTP, {@code lookup}
 * finds images in the {@code cache}, which fetches from {@code upstream} with its keys; {@code
 * cluster} shares that among replicas; {@code image}, {@code problem} and {@code settings} are the
 * words they share.
 */
@NullMarked
package dev.cloakroom;

import org.jspecify.annotations.NullMarked;
