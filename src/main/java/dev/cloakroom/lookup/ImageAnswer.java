package dev.cloakroom.lookup;

import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.image.Image;
import dev.cloakroom.image.Representation;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ETag;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;

/** An image as HTTP tells it: the one way, for the controller and for {@link HitFilter}. */
final class ImageAnswer {

  private static final String CACHE_STATUS = "Cache-Status";

  private ImageAnswer() {}

  /**
   * Writes the image's state.
   *
   * @throws ProblemException for a missing image
   */
  static void write(FoundImage found, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Representation representation = found.representation();
    if (representation == null) {
      throw notFound(found);
    }
    response.setHeader(HttpHeaders.VARY, HttpHeaders.ACCEPT);
    response.setHeader(CACHE_STATUS, cacheStatus(found));
    if (found.image() instanceof Image.Processing processing) {
      response.setStatus(HttpServletResponse.SC_ACCEPTED);
      response.setHeader(HttpHeaders.RETRY_AFTER, retryAfter(found, processing.eta()));
      response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
    } else {
      response.setHeader(HttpHeaders.ETAG, representation.etag());
      response.setHeader(HttpHeaders.CACHE_CONTROL, cacheControl(found));
      response.setHeader(HttpHeaders.AGE, age(found));
      if (isKnownToCaller(representation, request)) {
        response.setStatus(HttpServletResponse.SC_NOT_MODIFIED);
        return;
      }
    }
    response.setContentType(MediaType.APPLICATION_JSON_VALUE);
    response.setContentLength(representation.json().length);
    response.getOutputStream().write(representation.json());
  }

  private static ProblemException notFound(FoundImage found) {
    return Problem.IMAGE_NOT_FOUND
        .exception()
        .with(HttpHeaders.CACHE_CONTROL, cacheControl(found))
        .with(HttpHeaders.AGE, age(found))
        .with(CACHE_STATUS, cacheStatus(found));
  }

  /** RFC 9110, 13.1.2; with the weak comparison that it asks for. */
  private static boolean isKnownToCaller(
      Representation representation, HttpServletRequest request) {
    if (request.getHeader(HttpHeaders.IF_NONE_MATCH) == null) {
      return false;
    }
    ETag ours = ETag.create(representation.etag());
    return Collections.list(request.getHeaders(HttpHeaders.IF_NONE_MATCH)).stream()
        .flatMap(values -> ETag.parse(values).stream())
        .anyMatch(theirs -> theirs.isWildcard() || theirs.compare(ours, false));
  }

  /** The vendor's estimate where it gave one, else when the next look is due. */
  private static String retryAfter(FoundImage found, @Nullable Duration eta) {
    Duration wait = eta == null ? found.nextLook() : eta.minus(found.age());
    return Long.toString(Math.max(1, wait.plusNanos(999_999_999).toSeconds()));
  }

  private static String cacheControl(FoundImage found) {
    return "private, max-age=" + found.freshness().toSeconds();
  }

  private static String age(FoundImage found) {
    return Long.toString(found.age().toSeconds());
  }

  /** How the cache answered (RFC 9211); never the cache key. */
  private static String cacheStatus(FoundImage found) {
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
}
