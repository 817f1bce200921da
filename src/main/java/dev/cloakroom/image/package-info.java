/** The words for what is known about a queued image. */
@NullMarked
package dev.cloakroom.image;

import org.jspecify.annotations.NullMarked;
