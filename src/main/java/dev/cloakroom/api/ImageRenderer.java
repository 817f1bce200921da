package dev.cloakroom.api;

import dev.cloakroom.cache.FoundImage;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/** Makes the answer to a request for an image, once its state is known. */
public interface ImageRenderer {

  /** Writes an answer. */
  interface Sender {

    /** May block while the caller is slow. */
    void send(HttpServletRequest request, HttpServletResponse response) throws IOException;
  }

  /** The state itself. */
  ImageRenderer STATE =
      found ->
          CompletableFuture.completedFuture(
              (request, response) -> ImageResponse.send(found, request, response));

  /**
   * What is sent for the image; the caller keeps its place until that is known.
   *
   * @return completes within a time limit; its sender is called once
   */
  CompletableFuture<Sender> render(FoundImage found);
}
