/** What keeps us from asking the vendor for more than can help. */
@NullMarked
package dev.cloakroom.upstream.resilience;

import org.jspecify.annotations.NullMarked;
