/** The vendor's API, and the only home of its keys. */
@NullMarked
package dev.cloakroom.upstream;

import org.jspecify.annotations.NullMarked;
