/** What keeps the service from starting, and its report, which never quotes a value. */
@NullMarked
package dev.cloakroom.settings;

import org.jspecify.annotations.NullMarked;
