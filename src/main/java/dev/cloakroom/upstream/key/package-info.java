/** The keys: which are usable, in cooldown or rejected. */
@NullMarked
package dev.cloakroom.upstream.key;

import org.jspecify.annotations.NullMarked;
