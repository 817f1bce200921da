package dev.cloakroom.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.image.Representation;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.problem.RetryAfter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;

/** Many images as one HTTP response, whose entries are the bytes of the single ones. */
final class ImagesResponse {

  private static final byte[] START = "{\"images\":[".getBytes(UTF_8);
  private static final byte[] COMMA = ",".getBytes(UTF_8);
  private static final byte[] END = "]}".getBytes(UTF_8);

  private final List<FoundState> states;
  private final PendingResponses.Tools tools;
  private final HttpServletRequest request;
  private final HttpServletResponse response;

  private ImagesResponse(
      List<FoundState> states,
      PendingResponses.Tools tools,
      HttpServletRequest request,
      HttpServletResponse response) {
    this.states = states;
    this.tools = tools;
    this.request = request;
    this.response = response;
  }

  /** Sends the images in their order. */
  static void send(
      List<FoundState> states,
      PendingResponses.Tools tools,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    new ImagesResponse(states, tools, request, response).send();
  }

  private void send() throws IOException {
    found().forEach(tools.metrics()::count);
    response.addHeader(HttpHeaders.VARY, "Accept, Prefer");
    response.addHeader(ImageResponse.CACHE_STATUS, cacheStatus());
    if (states.stream().allMatch(FoundState::isFinal)) {
      String etag = etag();
      response.setHeader(HttpHeaders.ETAG, etag);
      addFreshness();
      if (ImageResponse.isKnownToCaller(
          etag, Collections.list(request.getHeaders(HttpHeaders.IF_NONE_MATCH)))) {
        response.setStatus(HttpServletResponse.SC_NOT_MODIFIED);
        return;
      }
    } else {
      response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
      response.setHeader(HttpHeaders.RETRY_AFTER, retryAfter());
    }
    sendBody();
  }

  /** Part by part, as the whole may be large. */
  private void sendBody() throws IOException {
    List<byte[]> parts = new ArrayList<>();
    for (FoundState state : states) {
      parts.add(parts.isEmpty() ? START : COMMA);
      parts.add(entry(state));
    }
    parts.add(END);
    response.setContentType(MediaType.APPLICATION_JSON_VALUE);
    response.setContentLengthLong(parts.stream().mapToLong(part -> part.length).sum());
    OutputStream out = response.getOutputStream();
    for (byte[] part : parts) {
      out.write(part);
    }
  }

  private byte[] entry(FoundState state) {
    FoundImage found = state.found();
    if (found == null) {
      byte[] problem =
          tools
              .exit()
              .json(
                  Objects.requireNonNull(state.problem()),
                  request,
                  response,
                  "/images/" + state.id(),
                  Map.of());
      return entry("unknown", state.id(), ",\"problem\":" + new String(problem, UTF_8));
    }
    Representation representation = found.representation();
    return representation == null ? entry("missing", state.id(), "") : representation.json();
  }

  private static byte[] entry(String status, ImageId id, String more) {
    Object name = Representation.jsonId(id);
    // An id needs no escapes.
    String json = name instanceof String text ? '"' + text + '"' : name.toString();
    return ("{\"status\":\"" + status + "\",\"id\":" + json + more + "}").getBytes(UTF_8);
  }

  private Stream<FoundImage> found() {
    return states.stream().map(FoundState::found).filter(Objects::nonNull);
  }

  /** Of the bodies' own, in their order. */
  private String etag() {
    return Representation.etagOf(
        found()
            .map(found -> Objects.requireNonNull(found.representation()).etag())
            .collect(Collectors.joining(","))
            .getBytes(UTF_8));
  }

  /** The shortest freshness; with an age that ends it when the first of the images is stale. */
  private void addFreshness() {
    Duration freshness = shortest(FoundImage::freshness);
    Duration left = shortest(FoundImage::timeToLive);
    response.setHeader(HttpHeaders.CACHE_CONTROL, "private, max-age=" + freshness.toSeconds());
    response.setHeader(HttpHeaders.AGE, Long.toString(freshness.minus(left).toSeconds()));
  }

  private Duration shortest(Function<FoundImage, Duration> time) {
    return Collections.min(found().map(time).toList());
  }

  /** When the first of those that are not final may be. */
  private String retryAfter() {
    return states.stream()
        .filter(state -> !state.isFinal())
        .map(ImagesResponse::retryAfter)
        .filter(Objects::nonNull)
        .min(Comparator.naturalOrder())
        .map(RetryAfter::of)
        .orElse(RetryAfter.of(RetryAfter.DEFAULT));
  }

  private static @Nullable Duration retryAfter(FoundState state) {
    FoundImage found = state.found();
    ProblemException problem = state.problem();
    return found == null
        ? Objects.requireNonNull(problem).retryAfter()
        : ImageResponse.retryAfter(found);
  }

  /** How the cache answered (RFC 9211), for all of them. */
  private String cacheStatus() {
    List<FoundImage> stored = found().filter(ImageResponse::isStored).toList();
    if (stored.size() < states.size()) {
      return stored.isEmpty() ? "cloakroom; fwd=miss" : "cloakroom; fwd=partial";
    }
    return ImageResponse.cacheStatus(
        Collections.min(stored, Comparator.comparing(FoundImage::timeToLive)));
  }
}
