/** What an error looks like, and the one exit that renders it. */
@NullMarked
package dev.cloakroom.problem;

import org.jspecify.annotations.NullMarked;
