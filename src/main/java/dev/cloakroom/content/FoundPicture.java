package dev.cloakroom.content;

import dev.cloakroom.content.ContentMetrics.Result;

/**
 * A picture as it is handed out, open: its receiver closes it.
 *
 * @param result how it was found
 */
record FoundPicture(OpenPicture content, Result result) {}
