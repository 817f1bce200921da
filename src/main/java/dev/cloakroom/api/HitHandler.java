package dev.cloakroom.api;

import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.cache.ImageCache;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.lookup.ImageMetrics;
import java.time.Duration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

/** Answers plain requests for fresh final images, on the thread that has read them. */
@Component
@Order(HitHandler.ORDER)
final class HitHandler extends PlainRequestHandler {

  /** After all handlers that may refuse a request. */
  static final int ORDER = 1_000;

  private final ImageCache cache;
  private final ImageMetrics metrics;
  private final RequestMetrics requests;

  HitHandler(ImageCache cache, ImageMetrics metrics, RequestMetrics requests) {
    this.cache = cache;
    this.metrics = metrics;
    this.requests = requests;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    long start = System.nanoTime();
    ImageId id = imageOf(request);
    FoundImage hit = id == null ? null : cache.findHit(id);
    if (hit == null) {
      return super.handle(request, response, callback);
    }
    metrics.count(hit);
    int status = send(hit, request, response, callback);
    requests.record(request.getMethod(), status, Duration.ofNanos(System.nanoTime() - start));
    return true;
  }
}
