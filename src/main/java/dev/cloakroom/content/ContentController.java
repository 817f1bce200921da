package dev.cloakroom.content;

import dev.cloakroom.api.ImageController;
import dev.cloakroom.api.ImageRenderer;
import dev.cloakroom.api.PendingResponses;
import dev.cloakroom.api.RequestSpan;
import dev.cloakroom.api.WaitPreference;
import dev.cloakroom.cache.CacheMode;
import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.lookup.ImageLookup;
import dev.cloakroom.lookup.ImageLookupProperties;
import dev.cloakroom.problem.Problem;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.bind.annotation.RestController;

/** Speaks HTTP for the pictures of images. */
@RestController
class ContentController {

  static final String PATH = "/images/{id}/{n:[0-9]+}";

  static final Pattern INDEX = Pattern.compile("0|[1-9][0-9]{0,2}");

  private final PictureStore store;
  private final PictureFetches fetches;
  private final PendingResponses open;
  private final ImageLookup lookup;
  private final Duration maxWait;
  private final ContentMetrics metrics;

  ContentController(
      PictureStore store,
      PictureFetches fetches,
      PendingResponses open,
      ImageLookup lookup,
      ImageLookupProperties settings,
      ContentMetrics metrics) {
    this.store = store;
    this.fetches = fetches;
    this.open = open;
    this.lookup = lookup;
    this.maxWait = settings.maxWait();
    this.metrics = metrics;
  }

  @RequestMapping(
      path = PATH,
      method = {RequestMethod.GET, RequestMethod.HEAD})
  void picture(
      @PathVariable ImageId id,
      @PathVariable String n,
      @RequestHeader(name = HttpHeaders.CACHE_CONTROL, required = false)
          @Nullable String directives,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    CacheMode mode = ImageController.modeOf(directives);
    WaitPreference wait = WaitPreference.of(request, maxWait);
    if (!INDEX.matcher(n).matches()) {
      throw Problem.NOT_FOUND.exception();
    }
    var picture = new PictureId(id, Integer.parseInt(n));
    FoundPicture stored = findStored(picture, mode);
    if (stored != null) {
      send(id, stored, request, response);
      return;
    }
    ImageTag tag = ImageTag.of(request, wait, maxWait);
    if (wait.isPreferred()) {
      response.setHeader("Preference-Applied", "wait=" + wait.time().toSeconds());
    }
    Duration time = tag == null ? wait.time() : tag.time();
    ImageRenderer renderer = found -> render(picture, found, mode, tag);
    open.answer(id, mode, time, request, renderer);
  }

  /** Asks the store that replicas share only where the picture can be there. */
  private @Nullable FoundPicture findStored(PictureId id, CacheMode mode) {
    FoundPicture kept = store.find(id);
    if (kept != null || mode.equals(CacheMode.ONLY_IF_CACHED)) {
      return kept;
    }
    FoundImage known = lookup.find(id.image());
    return known == null || known.image() instanceof Image.Ready ? store.findShared(id) : null;
  }

  private CompletableFuture<ImageRenderer.Sender> render(
      PictureId id, FoundImage found, CacheMode mode, @Nullable ImageTag tag) {
    return switch (found.image()) {
      case Image.Ready _ when mode.equals(CacheMode.ONLY_IF_CACHED) ->
          throw Problem.NOT_CACHED.exception();
      case Image.Ready ready ->
          fetches
              .fetch(id, found, ready)
              .thenApply(
                  picture -> (request, response) -> send(id.image(), picture, request, response));
      case Image.Failed _ -> throw Problem.IMAGE_FAILED.exception();
      case Image.Processing _ when tag != null -> CompletableFuture.completedFuture(tag::redirect);
      case Image.Processing _, Image.Missing _ -> ImageRenderer.STATE.render(found);
    };
  }

  private void send(
      ImageId id, FoundPicture found, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    metrics.served(found.result());
    RequestSpan.describe(request, id, found.result().id());
    PictureResponse.send(found, request, response);
  }
}
