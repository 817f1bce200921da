package dev.cloakroom.upstream.key;

import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The keys that one request for an image uses, in order and none twice: the one whose account knows
 * the image, else the least recently used.
 */
public final class KeyAttempts {

  /** What follows a call. */
  public enum Next {
    /** Nothing: its outcome is the request's. */
    DONE,
    /** A call with another key. */
    OTHER_KEY
  }

  private final ImageId id;
  private final KeyPool pool;
  private final KeyAffinity affinity;
  private final Set<NamedKey> used = new HashSet<>();
  private final Set<NamedKey> ignorant = new HashSet<>();
  private boolean hasRejected;
  private boolean isAccountRejected;
  private @Nullable ProblemException ambiguity;

  KeyAttempts(ImageId id, KeyPool pool, KeyAffinity affinity) {
    this.id = id;
    this.pool = pool;
    this.affinity = affinity;
  }

  /** Whether an account has answered about the image before, and not that it does not know it. */
  public boolean isImageKnown() {
    return affinity.find(id) != null;
  }

  /**
   * The key for the next call.
   *
   * @throws ProblemException where all that are left are in cooldown or rejected
   */
  public NamedKey next() {
    NamedKey key = pool.take(affinity.find(id), used);
    if (key == null) {
      throw failure();
    }
    return key;
  }

  /** An ambiguous answer is the outcome only where nothing else is known. */
  private ProblemException failure() {
    ProblemException none = pool.noneUsable();
    boolean isThrottled = none.problem() == Problem.UPSTREAM_THROTTLED;
    return ambiguity == null || isAccountRejected || isThrottled ? none : ambiguity;
  }

  /** Records that the vendor knows the image by this key, or does not. */
  public Next answered(NamedKey key, Image image) {
    used.add(key);
    pool.works(key);
    if (!(image instanceof Image.Missing)) {
      affinity.remember(id, key);
      return Next.DONE;
    }
    ignorant.add(key);
    if (affinity.wasSearched(id) || !pool.hasOthers(affinity.find(id), ignorant)) {
      affinity.searched(id);
      return Next.DONE;
    }
    // Another account may know the image.
    return Next.OTHER_KEY;
  }

  /** Records a failure; only where it is the key's own may another key succeed. */
  public Next failed(NamedKey key, ProblemException problem) {
    switch (problem.problem()) {
      case UPSTREAM_THROTTLED -> pool.coolDown(key, problem);
      case UPSTREAM_CREDENTIALS -> {
        isAccountRejected = true;
        reject(key, problem);
      }
      default -> {
        return Next.DONE;
      }
    }
    used.add(key);
    return Next.OTHER_KEY;
  }

  /** Records that the vendor refused the key or the id. */
  public Next ambiguous(NamedKey key, ProblemException problem) {
    ambiguity = problem;
    reject(key, problem);
    used.add(key);
    return Next.OTHER_KEY;
  }

  /** One key at most by one request, as it may be the request that is odd. */
  private void reject(NamedKey key, ProblemException problem) {
    hasRejected |= pool.rejected(key, id, problem, !hasRejected);
  }
}
