/** Jetty, and the chain of handlers ahead of the servlets. */
@NullMarked
package dev.cloakroom.server;

import org.jspecify.annotations.NullMarked;
