package dev.cloakroom.api;

import dev.cloakroom.cache.CacheMode;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.lookup.ImageLookupProperties;
import dev.cloakroom.problem.Problem;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.core.convert.converter.Converter;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.bind.annotation.RestController;

/** Speaks HTTP for many images over one connection. */
@RestController
class ImagesController {

  private static final String PATH = "/images";
  private static final int MAX_IDS = 100;

  private final PendingImages images;
  private final PendingResponses.Tools tools;
  private final Converter<String, ImageId> ids;
  private final ImageLookupProperties settings;

  ImagesController(
      PendingImages images,
      PendingResponses.Tools tools,
      Converter<String, ImageId> ids,
      ImageLookupProperties settings) {
    this.images = images;
    this.tools = tools;
    this.ids = ids;
    this.settings = settings;
  }

  @RequestMapping(
      path = PATH,
      method = {RequestMethod.GET, RequestMethod.HEAD},
      produces = MediaType.APPLICATION_JSON_VALUE)
  void images(
      @RequestHeader(name = HttpHeaders.CACHE_CONTROL, required = false)
          @Nullable String directives,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    List<ImageId> asked = idsOf(request);
    CacheMode mode = ImageController.modeOf(directives);
    WaitPreference wait = WaitPreference.of(request, settings.maxWait());
    wait.confirm(response);
    if (wait.time().isPositive() && !mode.equals(CacheMode.ONLY_IF_CACHED)) {
      images.await(asked, mode, wait.time(), request);
      return;
    }
    List<FoundState> found = images.find(asked, mode, request);
    if (found != null) {
      ImagesResponse.send(found, tools, request, response);
    }
  }

  @RequestMapping(
      path = PATH,
      method = {RequestMethod.GET, RequestMethod.HEAD},
      produces = MediaType.TEXT_EVENT_STREAM_VALUE)
  void events(HttpServletRequest request, HttpServletResponse response) {
    List<ImageId> asked = idsOf(request);
    EventStream.prepare(response);
    if (request.getMethod().equals("GET")) {
      images.stream(asked, request);
    }
  }

  /** In their order, each once. */
  private List<ImageId> idsOf(HttpServletRequest request) {
    String[] values = request.getParameterValues("id");
    Set<ImageId> asked = new LinkedHashSet<>();
    for (String value : values == null ? new String[0] : values) {
      asked.add(Objects.requireNonNull(ids.convert(value)));
    }
    if (asked.isEmpty() || asked.size() > MAX_IDS) {
      throw Problem.INVALID_REQUEST.because(
          "Give 1 to %d ids, as in /images?id=1&id=2.".formatted(MAX_IDS));
    }
    return List.copyOf(asked);
  }
}
