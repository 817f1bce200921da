package dev.cloakroom.api;

import dev.cloakroom.cache.CacheMode;
import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.lookup.ImageLookupProperties;
import dev.cloakroom.lookup.ImageMetrics;
import dev.cloakroom.problem.ProblemException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.util.StringUtils;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.bind.annotation.RestController;

/** Speaks HTTP for images. */
@RestController
public class ImageController {

  private final ImageMetrics metrics;
  private final PendingResponses open;
  private final ImageLookupProperties settings;

  ImageController(ImageMetrics metrics, PendingResponses open, ImageLookupProperties settings) {
    this.metrics = metrics;
    this.open = open;
    this.settings = settings;
  }

  @RequestMapping(
      path = "/images/{id}",
      method = {RequestMethod.GET, RequestMethod.HEAD},
      produces = MediaType.APPLICATION_JSON_VALUE)
  void image(
      @PathVariable ImageId id,
      @RequestHeader(name = HttpHeaders.CACHE_CONTROL, required = false)
          @Nullable String directives,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    CacheMode mode = modeOf(directives);
    WaitPreference wait = WaitPreference.of(request, settings.maxWait());
    wait.confirm(response);
    if (wait.time().isPositive() && !mode.equals(CacheMode.ONLY_IF_CACHED)) {
      open.await(id, mode, wait.time(), request);
      return;
    }
    ServerTiming timing = new ServerTiming();
    CompletableFuture<FoundImage> found = open.find(id, mode);
    switch (found.state()) {
      case SUCCESS -> send(found.resultNow(), timing, request, response);
      case FAILED -> throw ProblemException.of(found.exceptionNow());
      default -> open.answer(found, timing, request);
    }
  }

  private void send(
      FoundImage found,
      ServerTiming timing,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    metrics.count(found);
    RequestSpan.describe(request, found);
    timing.addTo(response::setHeader, found);
    ImageResponse.send(found, request, response);
  }

  @RequestMapping(
      path = "/images/{id}/events",
      method = {RequestMethod.GET, RequestMethod.HEAD},
      produces = MediaType.TEXT_EVENT_STREAM_VALUE)
  void events(@PathVariable ImageId id, HttpServletRequest request, HttpServletResponse response) {
    EventStream.prepare(response);
    if (request.getMethod().equals("GET")) {
      open.stream(id, request);
    }
  }

  /** Of the directives of RFC 9111, 5.2.1, those that ask for what a fresh state is not. */
  public static CacheMode modeOf(@Nullable String directives) {
    if (directives == null) {
      return CacheMode.DEFAULT;
    }
    Set<String> asked =
        StringUtils.commaDelimitedListToSet(
            StringUtils.trimAllWhitespace(directives).toLowerCase(Locale.ROOT));
    if (asked.contains("only-if-cached")) {
      return CacheMode.ONLY_IF_CACHED;
    }
    return asked.contains("no-cache") || asked.contains("max-age=0")
        ? CacheMode.NO_CACHE
        : CacheMode.DEFAULT;
  }
}
