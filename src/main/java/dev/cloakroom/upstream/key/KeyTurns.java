package dev.cloakroom.upstream.key;

import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.problem.ProblemException;
import java.util.HashSet;
import java.util.Set;

/**
 * The keys that one request for an image uses, in order and none twice: the one whose account knows
 * the image, else the least recently used.
 */
public final class KeyTurns {

  private final ImageId id;
  private final KeyPool pool;
  private final KeyOwners owners;
  private final Set<NamedKey> used = new HashSet<>();
  private final Set<NamedKey> ignorant = new HashSet<>();

  KeyTurns(ImageId id, KeyPool pool, KeyOwners owners) {
    this.id = id;
    this.pool = pool;
    this.owners = owners;
  }

  /**
   * The key for the next call.
   *
   * @throws ProblemException where all that are left are held or disabled
   */
  public NamedKey next() {
    return pool.take(owners.find(id), used);
  }

  /** Whether no other key is to be asked, as it cannot be that another account knows the image. */
  public boolean isLast(NamedKey key, Image image) {
    used.add(key);
    pool.works(key);
    if (!(image instanceof Image.Missing)) {
      owners.remember(id, key);
      return true;
    }
    ignorant.add(key);
    if (owners.wasSearched(id) || !pool.hasOthers(owners.find(id), ignorant)) {
      owners.searched(id);
      return true;
    }
    return false;
  }

  /** Whether the failure is the key's own; then the key is held, and the next has its turn. */
  public boolean isOver(NamedKey key, ProblemException failure) {
    return switch (failure.problem()) {
      case UPSTREAM_THROTTLED, UPSTREAM_CREDENTIALS -> {
        used.add(key);
        pool.hold(key, failure);
        yield true;
      }
      default -> false;
    };
  }
}
