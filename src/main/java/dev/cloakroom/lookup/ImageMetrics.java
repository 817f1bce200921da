package dev.cloakroom.lookup;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toUnmodifiableMap;

import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.image.Image;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/** Counts the images that were handed out, by state and by what they cost. */
@Component
public class ImageMetrics {

  private final Map<String, Counter> images;
  private final Map<String, Counter> requests;
  private final Map<String, Timer> jobs;
  private final DistributionSummary fetches;
  private final Timer age;

  ImageMetrics(MeterRegistry meters) {
    this.images =
        Stream.of("ready", "processing", "failed", "missing")
            .collect(toUnmodifiableMap(identity(), state -> images(state, meters)));
    this.requests =
        Stream.of("hit", "stale", "miss", "collapsed", "negative")
            .collect(toUnmodifiableMap(identity(), result -> requests(result, meters)));
    this.jobs =
        Stream.of("ready", "failed")
            .collect(toUnmodifiableMap(identity(), state -> jobs(state, meters)));
    this.fetches =
        DistributionSummary.builder("cloakroom.jobs.fetches")
            .description("Fetches from the vendor that a job took, until it was final")
            .register(meters);
    this.age =
        Timer.builder("cloakroom.cache.age")
            .description("Age of the states that were answered")
            .register(meters);
  }

  private static Counter images(String state, MeterRegistry meters) {
    return Counter.builder("cloakroom.images")
        .description("Answers, by the image's state")
        .tag("state", state)
        .register(meters);
  }

  private static Counter requests(String result, MeterRegistry meters) {
    return Counter.builder("cloakroom.cache.requests")
        .description("Answers, by how the cache came to them")
        .tag("result", result)
        .register(meters);
  }

  private static Timer jobs(String state, MeterRegistry meters) {
    return Timer.builder("cloakroom.jobs")
        .description("Time from when an unfinished job was first seen until it was final")
        .tag("state", state)
        .register(meters);
  }

  /**
   * Records the end of a job that was seen unfinished before.
   *
   * @param before the last that was known of it
   */
  void finished(FoundImage before, Image image) {
    Timer timer = jobs.get(image.state());
    if (timer != null && before.image() instanceof Image.Processing) {
      timer.record(before.jobAge());
      fetches.record(before.fetches() + 1);
    }
  }

  /** Counts an answer. */
  public void count(FoundImage found) {
    Objects.requireNonNull(images.get(found.image().state())).increment();
    Objects.requireNonNull(requests.get(resultOf(found))).increment();
    age.record(found.age());
  }

  /** How the cache came to it: the {@code result} of {@code cloakroom.cache.requests}. */
  public static String resultOf(FoundImage found) {
    boolean isMissing = found.image() instanceof Image.Missing;
    return switch (found.result()) {
      case HIT -> isMissing ? "negative" : "hit";
      case STALE, STALE_IF_ERROR -> isMissing ? "negative" : "stale";
      case MISS, EXPIRED, REQUESTED -> found.isCollapsed() ? "collapsed" : "miss";
    };
  }
}
