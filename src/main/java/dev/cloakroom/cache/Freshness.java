package dev.cloakroom.cache;

import dev.cloakroom.image.Image;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.springframework.stereotype.Component;

/** Decides how long each kind of image may be served without asking again, and how long at all. */
@Component
class Freshness {

  private static final Duration FIRST_BACK_OFF = Duration.ofSeconds(1);

  /** A fetch is worth making when a job is this much older than at the last one. */
  private static final int SHARE_OF_AGE = 5;

  private final ImageCacheProperties settings;

  Freshness(ImageCacheProperties settings) {
    this.settings = settings;
  }

  /**
   * The time for which a state is fresh.
   *
   * @param age time since the job was first seen
   */
  Duration of(Image image, Duration age) {
    return switch (image) {
      case Image.Ready _ -> settings.ready();
      case Image.Failed _ -> settings.failed();
      case Image.Missing _ -> settings.missing();
      case Image.Processing processing ->
          untilNextFetch(processing.eta() == null ? shareOf(age) : processing.eta());
    };
  }

  /** The same, where another replica has decided on it, within our own bounds. */
  Duration agreed(Image image, Duration decided) {
    return switch (image) {
      case Image.Ready _, Image.Failed _ -> of(image, Duration.ZERO);
      case Image.Missing _ -> min(decided, settings.missing());
      case Image.Processing _ -> min(decided, settings.maxProcessing());
    };
  }

  /** The time for which a state is served when it is no longer fresh (RFC 5861). */
  Duration staleFor(Image image) {
    return image instanceof Image.Ready ? settings.staleReady() : settings.staleOthers();
  }

  /** The time between two fetches of an image, whatever callers ask. */
  Duration noCacheFloor(Image image) {
    return image instanceof Image.Ready ? settings.noCacheFloorReady() : settings.noCacheFloor();
  }

  /** The time without a fetch after that many failed ones in a row. */
  Duration backOff(int failures) {
    Duration grown =
        min(FIRST_BACK_OFF.multipliedBy(1L << Math.min(failures - 1, 20)), settings.maxBackoff());
    Duration wait = min(jittered(grown), settings.maxBackoff());
    return wait.compareTo(settings.noCacheFloor()) < 0 ? settings.noCacheFloor() : wait;
  }

  /** The time without a fetch of an image where no call can be made for that long. */
  Duration deferral(Duration wait) {
    // Afterwards, but not all images in one moment.
    double factor = ThreadLocalRandom.current().nextDouble(1, 1.2);
    Duration late = Duration.ofNanos((long) (wait.toNanos() * factor));
    Duration least = late.compareTo(FIRST_BACK_OFF) < 0 ? FIRST_BACK_OFF : late;
    return min(least, settings.maxBackoff());
  }

  /** Not by {@link Duration#dividedBy(long)}, which computes in BigDecimal. */
  private static Duration shareOf(Duration age) {
    return Duration.ofNanos(age.toNanos() / SHARE_OF_AGE);
  }

  private Duration untilNextFetch(Duration wanted) {
    Duration wait = jittered(wanted);
    if (wait.compareTo(settings.minProcessing()) < 0) {
      return settings.minProcessing();
    }
    return min(wait, settings.maxProcessing());
  }

  /**
   * Between 0.8 and 1.2 times as long, so that images fetched together are not all fetched together
   * again.
   */
  private static Duration jittered(Duration duration) {
    double factor = ThreadLocalRandom.current().nextDouble(0.8, 1.2);
    return Duration.ofNanos((long) (duration.toNanos() * factor));
  }

  private static Duration min(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
