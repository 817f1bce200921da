/** The use case, without HTTP: finds images, and polls those that callers wait for. */
@NullMarked
package dev.cloakroom.lookup;

import org.jspecify.annotations.NullMarked;
