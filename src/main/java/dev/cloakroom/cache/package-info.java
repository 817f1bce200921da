/** Keeps images for as long as their state allows. */
@NullMarked
package dev.cloakroom.cache;

import org.jspecify.annotations.NullMarked;
