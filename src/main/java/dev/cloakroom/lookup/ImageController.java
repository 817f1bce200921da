package dev.cloakroom.lookup;

import dev.cloakroom.cache.CachedImage;
import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.bind.annotation.RestController;

/** Speaks HTTP for images. */
@RestController
class ImageController {

  private static final String CACHE_STATUS = "Cache-Status";

  private final ImageLookup lookup;
  private final MeterRegistry meters;

  ImageController(ImageLookup lookup, MeterRegistry meters) {
    this.lookup = lookup;
    this.meters = meters;
  }

  @RequestMapping(
      path = "/images/{id}",
      method = {RequestMethod.GET, RequestMethod.HEAD},
      produces = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<byte[]> image(@PathVariable ImageId id) throws InterruptedException {
    CachedImage found = lookup.await(id);
    meters.counter("cloakroom.images", "state", stateOf(found.image())).increment();
    return switch (found.image()) {
      case Image.Ready ready -> settled(found).body(ImageBody.of(ready).toJson());
      case Image.Failed failed -> settled(found).body(ImageBody.of(failed).toJson());
      case Image.Processing processing -> unfinished(found, processing);
      case Image.Missing _ -> throw notFound(found);
    };
  }

  private static ResponseEntity.BodyBuilder settled(CachedImage found) {
    return ResponseEntity.ok()
        .contentType(MediaType.APPLICATION_JSON)
        .header(HttpHeaders.CACHE_CONTROL, cacheControl(found))
        .header(HttpHeaders.AGE, age(found))
        .header(CACHE_STATUS, cacheStatus(found));
  }

  private static ResponseEntity<byte[]> unfinished(CachedImage found, Image.Processing processing) {
    Duration eta = processing.eta();
    long wait = ImageBody.wholeSeconds(eta == null ? found.timeToLive() : eta);
    return ResponseEntity.accepted()
        .contentType(MediaType.APPLICATION_JSON)
        .header(HttpHeaders.RETRY_AFTER, Long.toString(Math.max(1, wait)))
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .header(CACHE_STATUS, cacheStatus(found))
        .body(ImageBody.of(processing).toJson());
  }

  private static ProblemException notFound(CachedImage found) {
    return Problem.IMAGE_NOT_FOUND
        .exception()
        .with(HttpHeaders.CACHE_CONTROL, cacheControl(found))
        .with(HttpHeaders.AGE, age(found))
        .with(CACHE_STATUS, cacheStatus(found));
  }

  private static String cacheControl(CachedImage found) {
    return "private, max-age=" + found.freshness().toSeconds();
  }

  private static String age(CachedImage found) {
    return Long.toString(found.age().toSeconds());
  }

  /** How the cache answered (RFC 9211); never the cache key. */
  private static String cacheStatus(CachedImage found) {
    return switch (found.source()) {
      case HIT -> "cloakroom; hit; ttl=" + found.timeToLive().toSeconds();
      case MISS -> "cloakroom; fwd=uri-miss; stored";
      case COLLAPSED -> "cloakroom; fwd=uri-miss; collapsed";
    };
  }

  private static String stateOf(Image image) {
    return switch (image) {
      case Image.Ready _ -> "ready";
      case Image.Processing _ -> "processing";
      case Image.Failed _ -> "failed";
      case Image.Missing _ -> "missing";
    };
  }
}
