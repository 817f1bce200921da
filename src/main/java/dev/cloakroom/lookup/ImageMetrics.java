package dev.cloakroom.lookup;

import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.image.Image;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import org.springframework.stereotype.Component;

/** Counts the images that were handed out, by state and by what they cost. */
@Component
class ImageMetrics {

  private final MeterProvider<Counter> images;
  private final MeterProvider<Counter> requests;
  private final Timer age;

  ImageMetrics(MeterRegistry meters) {
    this.images =
        Counter.builder("cloakroom.images")
            .description("Answers, by the image's state")
            .withRegistry(meters);
    this.requests =
        Counter.builder("cloakroom.cache.requests")
            .description("Answers, by how the cache came to them")
            .withRegistry(meters);
    this.age =
        Timer.builder("cloakroom.cache.age")
            .description("Age of the states that were answered")
            .register(meters);
  }

  void count(FoundImage found) {
    images.withTag("state", found.image().state()).increment();
    requests.withTag("result", resultOf(found)).increment();
    age.record(found.age());
  }

  private static String resultOf(FoundImage found) {
    boolean isMissing = found.image() instanceof Image.Missing;
    return switch (found.result()) {
      case HIT -> isMissing ? "negative" : "hit";
      case STALE, STALE_IF_ERROR -> isMissing ? "negative" : "stale";
      case MISS, EXPIRED, REQUESTED -> found.isCollapsed() ? "collapsed" : "miss";
    };
  }
}
