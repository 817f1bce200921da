/** What replicas share through Redis: images, fetches, cooldowns and the rate of calls. */
@NullMarked
package dev.cloakroom.cluster;

import org.jspecify.annotations.NullMarked;
