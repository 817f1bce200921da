package dev.cloakroom.api;

import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.cache.ImageCache;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.lookup.ImageMetrics;
import dev.cloakroom.server.NonBlockingHandler;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

/** Answers plain requests for fresh final images, on the thread that has read them. */
@Component
@Order(HitHandler.ORDER)
final class HitHandler extends NonBlockingHandler {

  /** After all handlers that may refuse a request. */
  static final int ORDER = 1_000;

  private static final String PATH = "/images/";

  private final ImageCache cache;
  private final ImageMetrics metrics;
  private final Timer hits;
  private final Timer heads;
  private final Timer notModified;
  private final Timer headsNotModified;

  HitHandler(ImageCache cache, ImageMetrics metrics, MeterRegistry meters) {
    this.cache = cache;
    this.metrics = metrics;
    this.hits = timer(meters, "GET", "200", "SUCCESS");
    this.heads = timer(meters, "HEAD", "200", "SUCCESS");
    this.notModified = timer(meters, "GET", "304", "REDIRECTION");
    this.headsNotModified = timer(meters, "HEAD", "304", "REDIRECTION");
  }

  /** With the tags of Spring's observation of a request. */
  private static Timer timer(MeterRegistry meters, String method, String status, String outcome) {
    return Timer.builder("http.server.requests")
        .tags("error", "none", "exception", "none", "method", method)
        .tags("outcome", outcome, "status", status, "uri", "/images/{id}")
        .register(meters);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    long start = System.nanoTime();
    FoundImage hit = findHit(request);
    if (hit == null) {
      return super.handle(request, response, callback);
    }
    metrics.count(hit);
    HttpFields.Mutable headers = response.getHeaders();
    ImageResponse image =
        ImageResponse.of(
            hit, request.getHeaders().getValuesList(HttpHeader.IF_NONE_MATCH), headers::add);
    response.setStatus(image.status());
    byte[] json = image.json();
    response.write(true, json == null ? BufferUtil.EMPTY_BUFFER : ByteBuffer.wrap(json), callback);
    timerOf(request, image).record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
    return true;
  }

  private @Nullable FoundImage findHit(Request request) {
    String path = request.getHttpURI().getPath();
    if (path == null || !path.startsWith(PATH) || !isPlain(request)) {
      return null;
    }
    String id = path.substring(PATH.length());
    return ImageId.isOne(id) ? cache.findHit(new ImageId(id)) : null;
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

  private Timer timerOf(Request request, ImageResponse image) {
    boolean isGet = request.getMethod().equals("GET");
    if (image.status() == 304) {
      return isGet ? notModified : headsNotModified;
    }
    return isGet ? hits : heads;
  }
}
