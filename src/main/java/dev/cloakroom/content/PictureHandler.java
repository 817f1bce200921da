package dev.cloakroom.content;

import dev.cloakroom.api.RequestMetrics;
import dev.cloakroom.api.WaitPreference;
import dev.cloakroom.content.ContentMetrics.Result;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.server.LargeSendBuffers;
import dev.cloakroom.server.NonBlockingHandler;
import dev.cloakroom.server.SendfileConnector;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.EnumSet;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

/** Answers plain requests for whole pictures that are kept, without a servlet. */
@Component
@Order(PictureHandler.ORDER)
final class PictureHandler extends NonBlockingHandler {

  /** After credentials are taken off. */
  static final int ORDER = 1_150;

  private static final String PATH = "/images/";

  /** With any of these, a request is the servlets'. */
  private static final EnumSet<HttpHeader> NOT_PLAIN =
      EnumSet.of(
          HttpHeader.CACHE_CONTROL,
          HttpHeader.IF_MATCH,
          HttpHeader.IF_NONE_MATCH,
          HttpHeader.IF_MODIFIED_SINCE,
          HttpHeader.IF_UNMODIFIED_SINCE,
          HttpHeader.RANGE);

  private final PictureDirectory directory;
  private final LargeSendBuffers buffers;
  private final ContentMetrics metrics;
  private final RequestMetrics requests;

  PictureHandler(
      PictureDirectory directory,
      LargeSendBuffers buffers,
      ContentMetrics metrics,
      RequestMetrics requests) {
    this.directory = directory;
    this.buffers = buffers;
    this.metrics = metrics;
    this.requests = requests;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    long start = System.nanoTime();
    PictureId id = pictureOf(request);
    MappedPicture found = id == null ? null : directory.findMapped(id);
    if (found != null) {
      send(found, start, request, response, callback);
    } else if (id != null && directory.isMappable(id)) {
      // The disk may be slow.
      Thread.startVirtualThread(() -> map(id, start, request, response, callback));
    } else {
      return super.handle(request, response, callback);
    }
    return true;
  }

  private void map(
      PictureId id, long start, Request request, Response response, Callback callback) {
    try {
      MappedPicture found = directory.map(id);
      if (found != null) {
        send(found, start, request, response, callback);
      } else if (!super.handle(request, response, callback)) {
        Response.writeError(request, response, callback, 404);
      }
    } catch (Throwable fault) {
      Response.writeError(request, response, callback, fault);
    }
  }

  private void send(
      MappedPicture found, long start, Request request, Response response, Callback callback) {
    buffers.enlarge(request);
    metrics.served(Result.HIT);
    HttpFields.Mutable headers = response.getHeaders();
    PictureResponse.writeHeaders(found.picture(), Result.HIT, headers::put);
    headers.put(HttpHeader.CONTENT_TYPE, found.picture().type().mediaType());
    headers.put(HttpHeader.CONTENT_LENGTH, found.picture().size());
    ByteBuffer bytes = found.bytes();
    SendfileConnector.prepare(request, bytes, found.file());
    response.write(true, bytes, Callback.from(callback, found::close));
    Duration time = Duration.ofNanos(System.nanoTime() - start);
    requests.record(ContentController.PATH, request.getMethod(), HttpStatus.OK_200, time);
  }

  private static @Nullable PictureId pictureOf(Request request) {
    String path = request.getHttpURI().getPath();
    if (path == null || !path.startsWith(PATH) || !isPlain(request)) {
      return null;
    }
    int slash = path.indexOf('/', PATH.length());
    if (slash < 0
        || !ContentController.INDEX.matcher(path).region(slash + 1, path.length()).matches()) {
      return null;
    }
    String image = path.substring(PATH.length(), slash);
    return ImageId.isOne(image)
        ? new PictureId(new ImageId(image), Integer.parseInt(path, slash + 1, path.length(), 10))
        : null;
  }

  private static boolean isPlain(Request request) {
    HttpFields headers = request.getHeaders();
    return request.getMethod().equals("GET")
        && request.getHttpURI().getQuery() == null
        && !headers.contains(NOT_PLAIN)
        && !headers.contains(WaitPreference.PREFER);
  }
}
