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

  private final ImageId id;
  private final KeyPool pool;
  private final KeyAffinity owners;
  private final Set<NamedKey> used = new HashSet<>();
  private final Set<NamedKey> ignorant = new HashSet<>();
  private boolean hasDisabled;
  private boolean isAccountRefused;
  private @Nullable ProblemException doubt;

  KeyAttempts(ImageId id, KeyPool pool, KeyAffinity owners) {
    this.id = id;
    this.pool = pool;
    this.owners = owners;
  }

  /** Whether an account has answered about the image before, and not that it does not know it. */
  public boolean isImageKnown() {
    return owners.find(id) != null;
  }

  /**
   * The key for the next call.
   *
   * @throws ProblemException where all that are left are held or disabled
   */
  public NamedKey next() {
    NamedKey key = pool.take(owners.find(id), used);
    if (key == null) {
      throw failure();
    }
    return key;
  }

  /**
   * A doubt is told where nothing else is known: neither a wait that helps nor a refused account.
   */
  private ProblemException failure() {
    ProblemException refusal = pool.refusal();
    boolean isThrottled = refusal.problem() == Problem.UPSTREAM_THROTTLED;
    return doubt == null || isAccountRefused || isThrottled ? refusal : doubt;
  }

  /**
   * Takes note that the vendor knows the image by this key, or does not.
   *
   * @return whether the next key is to be asked, as another account may know the image
   */
  public boolean answered(NamedKey key, Image image) {
    used.add(key);
    pool.works(key);
    if (!(image instanceof Image.Missing)) {
      owners.remember(id, key);
      return false;
    }
    ignorant.add(key);
    if (owners.wasSearched(id) || !pool.hasOthers(owners.find(id), ignorant)) {
      owners.searched(id);
      return false;
    }
    return true;
  }

  /**
   * Takes note of a failure.
   *
   * @return whether it is the key's own, and the next key is to be asked
   */
  public boolean failed(NamedKey key, ProblemException failure) {
    switch (failure.problem()) {
      case UPSTREAM_THROTTLED -> pool.hold(key, failure);
      case UPSTREAM_CREDENTIALS -> {
        isAccountRefused = true;
        refused(key, failure);
      }
      default -> {
        return false;
      }
    }
    used.add(key);
    return true;
  }

  /** Takes note that the vendor refused the key or the id; the next key is to be asked. */
  public void doubted(NamedKey key, ProblemException failure) {
    doubt = failure;
    refused(key, failure);
    used.add(key);
  }

  /** One key at most by one request, as it may be the request that is odd. */
  private void refused(NamedKey key, ProblemException failure) {
    hasDisabled |= pool.refused(key, id, failure, !hasDisabled);
  }
}
