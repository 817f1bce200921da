package dev.cloakroom.api;

import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.lookup.ImageMetrics;
import io.micrometer.common.KeyValue;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.web.filter.ServerHttpObservationFilter;

/** Has the span of a request name its image, and how the cache found it. */
public final class RequestSpan {

  private RequestSpan() {}

  static void describe(HttpServletRequest request, FoundImage found) {
    describe(request, found.image().id(), ImageMetrics.resultOf(found));
  }

  /**
   * The same, for a picture.
   *
   * @param result one of the words of the metrics
   */
  public static void describe(HttpServletRequest request, ImageId id, String result) {
    ServerHttpObservationFilter.findObservationContext(request)
        .ifPresent(
            context ->
                context
                    .addHighCardinalityKeyValue(KeyValue.of("image", id.value()))
                    .addHighCardinalityKeyValue(KeyValue.of("cache", result)));
  }
}
