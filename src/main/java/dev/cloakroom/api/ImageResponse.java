package dev.cloakroom.api;

import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.image.Image;
import dev.cloakroom.image.Representation;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.problem.RetryAfter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ETag;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;

/**
 * An image as an HTTP response: the one way, with and without servlets.
 *
 * @param json null where the caller has it already
 */
@SuppressWarnings("ArrayRecordComponent") // written to sockets, compared by nobody
record ImageResponse(int status, byte @Nullable [] json) {

  static final String CACHE_STATUS = "Cache-Status";

  /**
   * The image's state.
   *
   * @param validators the request's If-None-Match headers
   * @param headers is given the answer's headers, to be added to those that are there
   * @throws ProblemException for a missing image
   */
  static ImageResponse of(
      FoundImage found, List<String> validators, BiConsumer<String, String> headers) {
    Representation representation = found.representation();
    if (representation == null) {
      throw notFound(found);
    }
    headers.accept(HttpHeaders.VARY, "Accept, Prefer");
    headers.accept(CACHE_STATUS, cacheStatus(found));
    int status = 200;
    if (found.image() instanceof Image.Processing) {
      status = 202;
      headers.accept(HttpHeaders.RETRY_AFTER, RetryAfter.of(retryAfter(found)));
      headers.accept(HttpHeaders.CACHE_CONTROL, "no-store");
    } else {
      headers.accept(HttpHeaders.ETAG, representation.etag());
      headers.accept(HttpHeaders.CACHE_CONTROL, cacheControl(found));
      headers.accept(HttpHeaders.AGE, age(found));
      if (isKnownToCaller(representation.etag(), validators)) {
        return new ImageResponse(304, null);
      }
    }
    byte[] json = representation.json();
    headers.accept(HttpHeaders.CONTENT_TYPE, MediaType.APPLICATION_JSON_VALUE);
    headers.accept(HttpHeaders.CONTENT_LENGTH, Integer.toString(json.length));
    return new ImageResponse(status, json);
  }

  /** The same, sent. */
  static void send(FoundImage found, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    List<String> validators = Collections.list(request.getHeaders(HttpHeaders.IF_NONE_MATCH));
    ImageResponse image = of(found, validators, response::addHeader);
    response.setStatus(image.status());
    byte[] json = image.json();
    if (json != null) {
      response.getOutputStream().write(json);
    }
  }

  private static ProblemException notFound(FoundImage found) {
    return Problem.IMAGE_NOT_FOUND
        .exception()
        .with(HttpHeaders.CACHE_CONTROL, cacheControl(found))
        .with(HttpHeaders.AGE, age(found))
        .with(CACHE_STATUS, cacheStatus(found));
  }

  /** RFC 9110, 13.1.2; with the weak comparison that it asks for. */
  static boolean isKnownToCaller(String etag, List<String> validators) {
    if (validators.isEmpty()) {
      return false;
    }
    ETag ours = ETag.create(etag);
    return validators.stream()
        .flatMap(values -> ETag.parse(values).stream())
        .anyMatch(theirs -> theirs.isWildcard() || theirs.compare(ours, false));
  }

  /** The vendor's estimate where it gave one, else when the next fetch is due. */
  static Duration retryAfter(FoundImage found) {
    return found.image() instanceof Image.Processing(_, Duration eta) && eta != null
        ? eta.minus(found.age())
        : found.nextFetch();
  }

  private static String cacheControl(FoundImage found) {
    return "private, max-age=" + found.freshness().toSeconds();
  }

  private static String age(FoundImage found) {
    return Long.toString(found.age().toSeconds());
  }

  /** How the cache answered (RFC 9211); never the cache key. */
  static String cacheStatus(FoundImage found) {
    String ttl = "cloakroom; hit; ttl=" + found.timeToLive().toSeconds();
    String forwarded = found.isCollapsed() ? "; collapsed" : "; stored";
    return switch (found.result()) {
      case HIT -> ttl;
      case STALE -> ttl + "; detail=stale-while-revalidate";
      case STALE_IF_ERROR -> ttl + "; detail=stale-if-error";
      case MISS -> "cloakroom; fwd=uri-miss" + forwarded;
      case EXPIRED -> "cloakroom; fwd=stale" + forwarded;
      case REQUESTED -> "cloakroom; fwd=request" + forwarded;
    };
  }

  /** Whether no fetch was needed. */
  static boolean isStored(FoundImage found) {
    return switch (found.result()) {
      case HIT, STALE, STALE_IF_ERROR -> true;
      case MISS, EXPIRED, REQUESTED -> false;
    };
  }
}
