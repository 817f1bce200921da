package dev.cloakroom.upstream.key;

import dev.cloakroom.image.ImageId;
import dev.cloakroom.problem.Problem;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A key, and how the vendor took it.
 *
 * @param problem why the key is in cooldown or rejected; null where it is usable
 * @param since when that began
 * @param until no call is made with the key before
 * @param retry time from its last rejection to the next trial; zero where it was not rejected
 * @param isOnTrial whether a call is to find out if a rejected key is usable again
 * @param ambiguity the image for which the vendor refused the key or the id, if it did since the
 *     key's last success
 * @param lastUse counts up over all keys
 */
public record KeyStatus(
    NamedKey key,
    @Nullable Problem problem,
    Instant since,
    Instant until,
    Duration retry,
    boolean isOnTrial,
    @Nullable ImageId ambiguity,
    long lastUse) {

  /** What an operator calls it. */
  public enum State {
    USABLE,
    COOLDOWN,
    REJECTED;

    /** In lower case, for metrics. */
    public String tag() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** As the end of a sentence that begins with the key. */
    String words() {
      return this == COOLDOWN ? "in cooldown" : tag();
    }
  }

  static KeyStatus usable(NamedKey key, long lastUse) {
    return new KeyStatus(
        key, null, Instant.EPOCH, Instant.EPOCH, Duration.ZERO, false, null, lastUse);
  }

  /** A cooldown is never shortened, and a rejected key stays rejected. */
  KeyStatus coolDown(Problem problem, Instant now, Instant next) {
    State before = stateAt(now);
    Problem worst = isRejected() ? Problem.UPSTREAM_CREDENTIALS : problem;
    boolean isNew = before == State.USABLE || worst != problem;
    Instant last = until.isAfter(next) ? until : next;
    return new KeyStatus(
        key, worst, isNew ? now : since, last, retry, isOnTrial, ambiguity, lastUse);
  }

  /**
   * Rejected until {@code next}, or for the rest of a cooldown; a trial that was under way is over.
   */
  KeyStatus rejected(Instant now, Instant next, Duration retry) {
    Instant last = !isOnTrial && until.isAfter(next) ? until : next;
    return new KeyStatus(
        key,
        Problem.UPSTREAM_CREDENTIALS,
        isRejected() ? since : now,
        last,
        retry,
        false,
        null,
        lastUse);
  }

  KeyStatus used(long use) {
    return new KeyStatus(key, problem, since, until, retry, isOnTrial, ambiguity, use);
  }

  /** Tried although it is rejected; nobody else tries it before {@code next}. */
  KeyStatus tried(Instant next) {
    return new KeyStatus(key, problem, since, next, retry, true, ambiguity, lastUse);
  }

  /** With the image for which the vendor may have refused the key; null after a success. */
  KeyStatus ambiguousFor(@Nullable ImageId id) {
    return new KeyStatus(key, problem, since, until, retry, isOnTrial, id, lastUse);
  }

  boolean isAmbiguousForOtherThan(ImageId id) {
    return ambiguity != null && !ambiguity.equals(id);
  }

  boolean isRejected() {
    return problem == Problem.UPSTREAM_CREDENTIALS;
  }

  /**
   * A cooldown that is over leaves a usable key; a rejected one stays so until a trial succeeds.
   */
  public State stateAt(Instant now) {
    if (isRejected()) {
      return State.REJECTED;
    }
    return mayBeUsedAt(now) ? State.USABLE : State.COOLDOWN;
  }

  boolean mayBeUsedAt(Instant now) {
    return !until.isAfter(now);
  }
}
