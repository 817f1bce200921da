/** HTTP for images: requests, responses, long polls and event streams. */
@NullMarked
package dev.cloakroom.api;

import org.jspecify.annotations.NullMarked;
