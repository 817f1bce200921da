/** What the vendor's answers mean, and all their quirks. */
@NullMarked
package dev.cloakroom.upstream.modelslab;

import org.jspecify.annotations.NullMarked;
