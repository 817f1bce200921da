/** Where spans go; what they say of images is written by the packages themselves. */
@NullMarked
package dev.cloakroom.tracing;

import org.jspecify.annotations.NullMarked;
