package dev.cloakroom.problem;

import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
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

  private static final Set<HttpStatus> HAS_RETRY_AFTER =
      Set.of(HttpStatus.SERVICE_UNAVAILABLE, HttpStatus.TOO_MANY_REQUESTS);

  private ProblemResponse() {}

  /** Replaces whatever was prepared; the answer must not be committed yet. */
  static void write(
      ProblemException exception, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Object original = request.getAttribute(RequestDispatcher.ERROR_REQUEST_URI);
    String path = original instanceof String text ? text : request.getRequestURI();

    String id = response.getHeader(RequestId.HEADER);
    response.reset();
    response.setStatus(exception.problem().status().value());
    headers(exception).forEach(response::setHeader);
    response.getOutputStream().write(body(exception, path, id, Map.of()));
  }

  static Map<String, String> headers(ProblemException exception) {
    Problem problem = exception.problem();
    var headers = new LinkedHashMap<String, String>();
    headers.put(HttpHeaders.CONTENT_TYPE, MediaType.APPLICATION_PROBLEM_JSON_VALUE);
    headers.put(HttpHeaders.CACHE_CONTROL, "no-store");
    headers.put("Cache-Status", "cloakroom; detail=" + problem.id());
    Duration retryAfter = exception.retryAfter();
    if (retryAfter == null && HAS_RETRY_AFTER.contains(problem.status())) {
      retryAfter = Duration.ofSeconds(1);
    }
    if (retryAfter != null) {
      headers.put(HttpHeaders.RETRY_AFTER, RetryAfter.of(retryAfter));
    }
    if (problem == Problem.METHOD_NOT_ALLOWED) {
      headers.put(HttpHeaders.ALLOW, "GET, HEAD");
    }
    if (problem == Problem.UNAUTHENTICATED) {
      headers.put(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
    }
    headers.putAll(exception.headers());
    return headers;
  }

  static byte[] body(
      ProblemException exception,
      @Nullable String path,
      @Nullable String requestId,
      Map<String, Object> members) {
    Problem problem = exception.problem();
    ProblemDetail body = ProblemDetail.forStatusAndDetail(problem.status(), exception.detail());
    body.setType(problem.type());
    body.setTitle(problem.title());
    body.setInstance(uri(path));
    if (requestId != null) {
      body.setProperty(RequestId.NAME, requestId);
    }
    members.forEach(body::setProperty);
    return JSON.writeValueAsBytes(body);
  }

  private static @Nullable URI uri(@Nullable String path) {
    try {
      return path == null ? null : new URI(new URI(path).toASCIIString());
    } catch (URISyntaxException _) {
      return null;
    }
  }
}
