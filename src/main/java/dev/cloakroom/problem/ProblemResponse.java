package dev.cloakroom.problem;

import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.converter.json.ProblemDetailJacksonMixin;
import tools.jackson.databind.json.JsonMapper;

/** Writes a problem as {@code application/problem+json} (RFC 9457). */
final class ProblemResponse {

  private static final JsonMapper JSON =
      JsonMapper.builder().addMixIn(ProblemDetail.class, ProblemDetailJacksonMixin.class).build();

  private ProblemResponse() {}

  /** Replaces whatever was prepared; the answer must not be committed yet. */
  static void write(
      ProblemException exception, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Problem problem = exception.problem();
    byte[] body = JSON.writeValueAsBytes(bodyOf(exception, request));

    response.reset();
    response.setStatus(problem.status().value());
    response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
    response.setContentLength(body.length);
    response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
    response.setHeader("Cache-Status", "cloakroom; detail=" + problem.id());
    Duration retryAfter = exception.retryAfter();
    if (retryAfter == null && problem.status() == HttpStatus.SERVICE_UNAVAILABLE) {
      retryAfter = Duration.ofSeconds(1);
    }
    if (retryAfter != null) {
      response.setHeader(HttpHeaders.RETRY_AFTER, Long.toString(wholeSeconds(retryAfter)));
    }
    if (problem == Problem.METHOD_NOT_ALLOWED) {
      response.setHeader(HttpHeaders.ALLOW, "GET, HEAD");
    }
    exception
        .headers()
        .forEach((name, values) -> values.forEach(value -> response.setHeader(name, value)));
    response.getOutputStream().write(body);
  }

  private static ProblemDetail bodyOf(ProblemException exception, HttpServletRequest request) {
    Problem problem = exception.problem();
    ProblemDetail body = ProblemDetail.forStatusAndDetail(problem.status(), exception.detail());
    body.setType(problem.type());
    body.setTitle(problem.title());
    body.setInstance(pathOf(request));
    return body;
  }

  private static @Nullable URI pathOf(HttpServletRequest request) {
    Object original = request.getAttribute(RequestDispatcher.ERROR_REQUEST_URI);
    String path = original instanceof String text ? text : request.getRequestURI();
    try {
      return path == null ? null : new URI(path);
    } catch (URISyntaxException _) {
      return null;
    }
  }

  private static long wholeSeconds(Duration duration) {
    return Math.max(1, duration.plusNanos(999_999_999).toSeconds());
  }
}
