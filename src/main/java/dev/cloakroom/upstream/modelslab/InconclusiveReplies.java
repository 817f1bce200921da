package dev.cloakroom.upstream.modelslab;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Takes replies that cannot be true for long as "processing", but each image's only for a time. */
public final class InconclusiveReplies {

  private static final int MOST = 10_000;
  private static final Duration MEMORY = Duration.ofHours(1);

  private final Cache<ImageId, Instant> since;
  private final Duration patience;
  private final InstantSource clock;

  /** With the time for which such replies are believed. */
  public InconclusiveReplies(Duration patience, InstantSource clock) {
    this.patience = patience;
    this.clock = clock;
    this.since =
        Caffeine.newBuilder().maximumSize(MOST).expireAfterAccess(patience.plus(MEMORY)).build();
  }

  /**
   * The image as the reply has it, if that can be believed.
   *
   * @throws dev.cloakroom.problem.ProblemException for a reply that was doubtful for too long
   */
  public Image check(Image image, UpstreamReply reply) {
    if (!reply.isDoubtful()) {
      since.invalidate(image.id());
      return image;
    }
    Instant now = clock.instant();
    if (now.isAfter(since.get(image.id(), _ -> now).plus(patience))) {
      throw reply.disbelief();
    }
    return image;
  }
}
