/** What replicas share, through Redis: final images, who asks the vendor, and bad news of it. */
@NullMarked
package dev.cloakroom.cluster;

import org.jspecify.annotations.NullMarked;
