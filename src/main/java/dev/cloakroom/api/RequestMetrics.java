package dev.cloakroom.api;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/** Times the requests that no servlet sees, with the tags of Spring's observation of a request. */
@Component
final class RequestMetrics {

  private record Series(boolean isHead, int status) {}

  private final ConcurrentHashMap<Series, Timer> timers = new ConcurrentHashMap<>();
  private final MeterRegistry meters;

  RequestMetrics(MeterRegistry meters) {
    this.meters = meters;
  }

  /** Records a request for an image, by GET or HEAD. */
  void record(String method, int status, Duration time) {
    timers.computeIfAbsent(new Series(method.equals("HEAD"), status), this::timer).record(time);
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
        .tag("uri", "/images/{id}")
        .register(meters);
  }
}
