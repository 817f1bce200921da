/**
 * Cloakroom, room by room: {@code lookup} speaks HTTP and asks {@code cache}, which keeps what
 * {@code upstream} fetched with its keys; {@code image} and {@code problem} are the words they
 * share.
 */
@NullMarked
package dev.cloakroom;

import org.jspecify.annotations.NullMarked;
