package dev.cloakroom.lookup;

import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.cache.ImageCache.Demand;
import dev.cloakroom.image.ImageId;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.Locale;
import java.util.Set;
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
class ImageController {

  private final ImageLookup lookup;
  private final ImageMetrics metrics;

  ImageController(ImageLookup lookup, ImageMetrics metrics) {
    this.lookup = lookup;
    this.metrics = metrics;
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
      throws InterruptedException, IOException {
    FoundImage found = lookup.await(id, demandOf(directives));
    metrics.count(found);
    ImageAnswer answer =
        ImageAnswer.of(
            found,
            Collections.list(request.getHeaders(HttpHeaders.IF_NONE_MATCH)),
            response::setHeader);
    response.setStatus(answer.status());
    byte[] json = answer.json();
    if (json != null) {
      response.getOutputStream().write(json);
    }
  }

  /** Of the directives of RFC 9111, 5.2.1, those that ask for what a fresh state is not. */
  private static Demand demandOf(@Nullable String directives) {
    if (directives == null) {
      return Demand.ANY;
    }
    Set<String> asked =
        StringUtils.commaDelimitedListToSet(
            StringUtils.trimAllWhitespace(directives).toLowerCase(Locale.ROOT));
    if (asked.contains("only-if-cached")) {
      return Demand.ONLY_IF_CACHED;
    }
    return asked.contains("no-cache") || asked.contains("max-age=0") ? Demand.NO_CACHE : Demand.ANY;
  }
}
