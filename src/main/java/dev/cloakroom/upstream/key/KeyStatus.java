package dev.cloakroom.upstream.key;

import dev.cloakroom.problem.Problem;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A key, and how the vendor took it.
 *
 * @param trouble why the key is held or disabled; null where it is neither
 * @param since when the trouble began
 * @param until no call is made with the key before
 * @param lastUse counts up over all keys
 */
public record KeyStatus(
    NamedKey key, @Nullable Problem trouble, Instant since, Instant until, long lastUse) {

  /** What an operator calls it. */
  public enum State {
    USABLE,
    HELD,
    DISABLED;

    /** In lower case, for metrics. */
    public String tag() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static KeyStatus usable(NamedKey key, long lastUse) {
    return new KeyStatus(key, null, Instant.EPOCH, Instant.EPOCH, lastUse);
  }

  /** A hold is never shortened, and what was refused stays disabled. */
  KeyStatus troubled(Problem problem, Instant now, Instant next) {
    State before = stateAt(now);
    Problem worst = before == State.DISABLED ? Problem.UPSTREAM_CREDENTIALS : problem;
    boolean isNew = before == State.USABLE || worst != trouble;
    return new KeyStatus(
        key, worst, isNew ? now : since, until.isAfter(next) ? until : next, lastUse);
  }

  KeyStatus used(long use) {
    return new KeyStatus(key, trouble, since, until, use);
  }

  /** Tried although it is disabled; nobody else tries it before {@code next}. */
  KeyStatus tried(Instant next) {
    return new KeyStatus(key, trouble, since, next, lastUse);
  }

  /**
   * A hold that is over leaves a usable key; what was refused stays disabled until it is found
   * well.
   */
  public State stateAt(Instant now) {
    if (trouble == Problem.UPSTREAM_CREDENTIALS) {
      return State.DISABLED;
    }
    return mayBeUsedAt(now) ? State.USABLE : State.HELD;
  }

  boolean mayBeUsedAt(Instant now) {
    return !until.isAfter(now);
  }
}
