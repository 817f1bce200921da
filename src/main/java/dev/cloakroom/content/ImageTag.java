package dev.cloakroom.content;

import dev.cloakroom.api.WaitPreference;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.RetryAfter;
import dev.cloakroom.server.RedactedRequest;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;

/**
 * An {@code <img>} of a browser, which gives up at any answer that is no picture: it waits, and is
 * redirected to the same URL to go on.
 *
 * @param attempt from 1
 * @param time to wait in this attempt
 */
record ImageTag(int attempt, Duration time) {

  private static final int MAX_ATTEMPTS = 10;
  private static final String ATTEMPT = "attempt";

  /** Less than the 60 seconds after which usual proxies give up. */
  private static final Duration MAX_WAIT = Duration.ofSeconds(50);

  private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]?");

  /** What the request is; null where it is none, or says itself how long it waits. */
  static @Nullable ImageTag of(HttpServletRequest request, WaitPreference wait, Duration maxWait) {
    if (!"image".equals(request.getHeader("Sec-Fetch-Dest")) || isGiven(request, wait)) {
      return null;
    }
    String text = request.getParameter(ATTEMPT);
    if (text != null && !NUMBER.matcher(text).matches()) {
      throw Problem.INVALID_REQUEST.because("Leave out attempt, which is for redirects.");
    }
    int attempt = text == null ? 1 : Integer.parseInt(text);
    return new ImageTag(attempt, maxWait.compareTo(MAX_WAIT) < 0 ? maxWait : MAX_WAIT);
  }

  private static boolean isGiven(HttpServletRequest request, WaitPreference wait) {
    return wait.isPreferred() || request.getParameter("wait") != null;
  }

  /** To the same URL, unless it was the last attempt. */
  void redirect(HttpServletRequest request, HttpServletResponse response) {
    if (attempt >= MAX_ATTEMPTS) {
      throw Problem.CONTENT_UNAVAILABLE.retryAfter(RetryAfter.DEFAULT, null);
    }
    String next =
        Stream.concat(
                Stream.of(queryOf(request).split("&"))
                    .filter(part -> !part.isEmpty() && !part.startsWith(ATTEMPT + "=")),
                Stream.of(ATTEMPT + "=" + (attempt + 1)))
            .collect(Collectors.joining("&", "?", ""));
    response.setStatus(307);
    // Without a path: a proxy may have changed it.
    response.setHeader(HttpHeaders.LOCATION, next);
    response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
    response.setHeader("Cache-Status", "cloakroom; fwd=uri-miss");
  }

  /** With the signature of a link, which is taken off what a request shows. */
  private static String queryOf(HttpServletRequest request) {
    Object sent = request.getAttribute(RedactedRequest.QUERY);
    String query = sent instanceof String all ? all : request.getQueryString();
    return query == null ? "" : query;
  }
}
