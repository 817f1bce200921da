/** The catalogue of errors, and the one exit that renders them. */
@NullMarked
package dev.cloakroom.problem;

import org.jspecify.annotations.NullMarked;
