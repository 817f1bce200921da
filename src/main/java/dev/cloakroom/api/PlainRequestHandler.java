package dev.cloakroom.api;

import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.server.NonBlockingHandler;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** Answers plain requests, for an image's state as it is, without a servlet. */
abstract class PlainRequestHandler extends NonBlockingHandler {

  private static final String PATH = "/images/";

  /** The image of a plain request; null for any other. */
  static @Nullable ImageId imageOf(Request request) {
    String path = request.getHttpURI().getPath();
    if (path == null || !path.startsWith(PATH) || !isPlain(request)) {
      return null;
    }
    String id = path.substring(PATH.length());
    return ImageId.isOne(id) ? new ImageId(id) : null;
  }

  private static boolean isPlain(Request request) {
    String method = request.getMethod();
    HttpFields headers = request.getHeaders();
    return (method.equals("GET") || method.equals("HEAD"))
        && request.getHttpURI().getQuery() == null
        && !headers.contains(HttpHeader.CACHE_CONTROL)
        && !headers.contains(WaitPreference.PREFER)
        && acceptsJson(headers.get(HttpHeader.ACCEPT));
  }

  /** Whether that is plain to see, as in what browsers' fetch and most libraries send. */
  private static boolean acceptsJson(@Nullable String accept) {
    if (accept == null || accept.equals("*/*") || accept.equals("application/json")) {
      return true;
    }
    return accept.startsWith("application/json,") && !accept.contains(";");
  }

  /**
   * Sends the image's state.
   *
   * @return the status
   * @throws dev.cloakroom.problem.ProblemException for a missing image, with nothing sent
   */
  static int send(FoundImage found, Request request, Response response, Callback callback) {
    ImageResponse image =
        ImageResponse.of(
            found,
            request.getHeaders().getValuesList(HttpHeader.IF_NONE_MATCH),
            response.getHeaders()::add);
    response.setStatus(image.status());
    byte[] json = image.json();
    response.write(true, json == null ? BufferUtil.EMPTY_BUFFER : ByteBuffer.wrap(json), callback);
    return image.status();
  }
}
