package dev.cloakroom.upstream.modelslab;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Takes replies that cannot be final for "processing", but only until a timeout for each image. */
public final class InconclusiveReplies {

  private static final int MAX_IMAGES = 10_000;
  private static final Duration MEMORY = Duration.ofHours(1);

  private final Cache<ImageId, Instant> since;
  private final Duration inconclusiveTimeout;
  private final InstantSource clock;

  /** With the time for which such replies are believed. */
  public InconclusiveReplies(Duration inconclusiveTimeout, InstantSource clock) {
    this.inconclusiveTimeout = inconclusiveTimeout;
    this.clock = clock;
    this.since =
        Caffeine.newBuilder()
            .executor(Runnable::run)
            .maximumSize(MAX_IMAGES)
            .expireAfterAccess(inconclusiveTimeout.plus(MEMORY))
            .build();
  }

  /**
   * The image as the reply has it, if that can be believed.
   *
   * @throws dev.cloakroom.problem.ProblemException for replies that were inconclusive for too long
   */
  public Image check(Image image, UpstreamReply reply) {
    if (!reply.isInconclusive()) {
      since.invalidate(image.id());
      return image;
    }
    Instant now = clock.instant();
    if (now.isAfter(since.get(image.id(), _ -> now).plus(inconclusiveTimeout))) {
      throw reply.inconclusiveForTooLong();
    }
    return image;
  }
}
