package dev.cloakroom.api;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/** Times the requests that no servlet sees, with the tags of Spring's observation of a request. */
@Component
public final class RequestMetrics {

  private record Series(String uri, boolean isHead, int status) {}

  private static final String IMAGE = "/images/{id}";

  private final ConcurrentHashMap<Series, Timer> timers = new ConcurrentHashMap<>();
  private final MeterRegistry meters;

  RequestMetrics(MeterRegistry meters) {
    this.meters = meters;
  }

  /** Records a request for an image, by GET or HEAD. */
  void record(String method, int status, Duration time) {
    record(IMAGE, method, status, time);
  }

  /**
   * Records a request, by GET or HEAD.
   *
   * @param uri the pattern that servlets would have for its path
   */
  public void record(String uri, String method, int status, Duration time) {
    var series = new Series(uri, method.equals("HEAD"), status);
    timers.computeIfAbsent(series, this::timer).record(time);
  }

  private Timer timer(Series series) {
    String outcome =
        switch (HttpStatus.Series.valueOf(series.status())) {
          case SUCCESSFUL -> "SUCCESS";
          case REDIRECTION -> "REDIRECTION";
          case CLIENT_ERROR -> "CLIENT_ERROR";
          default -> "SERVER_ERROR";
        };
    return Timer.builder("http.server.requests")
        .tags("error", "none", "exception", "none", "method", series.isHead() ? "HEAD" : "GET")
        .tags("outcome", outcome, "status", Integer.toString(series.status()))
        .tag("uri", series.uri())
        .register(meters);
  }
}
