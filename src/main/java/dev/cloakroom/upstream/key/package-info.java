/** The keys: which may be used, and how long the vendor is left alone with each. */
@NullMarked
package dev.cloakroom.upstream.key;

import org.jspecify.annotations.NullMarked;
