package dev.cloakroom.lookup;

import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.cache.ImageCache;
import dev.cloakroom.image.ImageId;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;

/** Answers plain requests for fresh final images ahead of Spring MVC, and leaves it all others. */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
class HitFilter implements Filter {

  private static final String PATH = "/images/";

  private final ImageCache cache;
  private final ImageMetrics metrics;
  private final Timer hits;
  private final Timer heads;
  private final Timer notModified;
  private final Timer headsNotModified;

  HitFilter(ImageCache cache, ImageMetrics metrics, MeterRegistry meters) {
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
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (request instanceof HttpServletRequest http
        && response instanceof HttpServletResponse answer) {
      long start = System.nanoTime();
      FoundImage hit = findHit(http);
      if (hit != null) {
        metrics.count(hit);
        try {
          ImageAnswer.write(hit, http, answer);
        } finally {
          timerOf(http, answer).record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
        }
        return;
      }
    }
    chain.doFilter(request, response);
  }

  private @Nullable FoundImage findHit(HttpServletRequest request) {
    String path = request.getRequestURI();
    if (!path.startsWith(PATH) || !isPlain(request)) {
      return null;
    }
    String id = path.substring(PATH.length());
    return ImageId.isOne(id) ? cache.findHit(new ImageId(id)) : null;
  }

  private static boolean isPlain(HttpServletRequest request) {
    String method = request.getMethod();
    return (method.equals("GET") || method.equals("HEAD"))
        && request.getQueryString() == null
        && request.getHeader(HttpHeaders.CACHE_CONTROL) == null
        && acceptsJson(request.getHeader(HttpHeaders.ACCEPT));
  }

  /** Whether that is plain to see, as in what browsers' fetch and most libraries send. */
  private static boolean acceptsJson(@Nullable String accept) {
    if (accept == null || accept.equals("*/*") || accept.equals("application/json")) {
      return true;
    }
    return accept.startsWith("application/json,") && !accept.contains(";");
  }

  private Timer timerOf(HttpServletRequest request, HttpServletResponse response) {
    boolean isGet = request.getMethod().equals("GET");
    if (response.getStatus() == HttpServletResponse.SC_NOT_MODIFIED) {
      return isGet ? notModified : headsNotModified;
    }
    return isGet ? hits : heads;
  }
}
