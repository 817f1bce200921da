/** The pictures' bytes: fetches them from the vendor's links, keeps and serves them. */
@NullMarked
package dev.cloakroom.content;

import org.jspecify.annotations.NullMarked;
