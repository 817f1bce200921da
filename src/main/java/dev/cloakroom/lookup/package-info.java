/** {@code GET /images/{id}}. */
@NullMarked
package dev.cloakroom.lookup;

import org.jspecify.annotations.NullMarked;
