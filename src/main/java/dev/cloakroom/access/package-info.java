/** Who may ask: callers with a secret, links for browsers, and the origins of pages. */
@NullMarked
package dev.cloakroom.access;

import org.jspecify.annotations.NullMarked;
