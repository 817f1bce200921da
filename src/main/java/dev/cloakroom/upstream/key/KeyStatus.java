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
 * @param trouble why the key is held or disabled; null where it is neither
 * @param since when the trouble began
 * @param until no call is made with the key before
 * @param retry time from its last refusal to the next trial; zero where it was not refused
 * @param isOnTrial whether a call is to find out if a disabled key works again
 * @param doubt the image for which the vendor refused the key or the id, if it did since the key's
 *     last success
 * @param lastUse counts up over all keys
 */
public record KeyStatus(
    NamedKey key,
    @Nullable Problem trouble,
    Instant since,
    Instant until,
    Duration retry,
    boolean isOnTrial,
    @Nullable ImageId doubt,
    long lastUse) {

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
    return new KeyStatus(
        key, null, Instant.EPOCH, Instant.EPOCH, Duration.ZERO, false, null, lastUse);
  }

  /** A hold is never shortened, and what was refused stays disabled. */
  KeyStatus held(Problem problem, Instant now, Instant next) {
    State before = stateAt(now);
    Problem worst = isDisabled() ? Problem.UPSTREAM_CREDENTIALS : problem;
    boolean isNew = before == State.USABLE || worst != trouble;
    Instant last = until.isAfter(next) ? until : next;
    return new KeyStatus(key, worst, isNew ? now : since, last, retry, isOnTrial, doubt, lastUse);
  }

  /** Disabled until {@code next}, or for the rest of a hold; a trial that was under way is over. */
  KeyStatus refused(Instant now, Instant next, Duration retry) {
    Instant last = !isOnTrial && until.isAfter(next) ? until : next;
    return new KeyStatus(
        key,
        Problem.UPSTREAM_CREDENTIALS,
        isDisabled() ? since : now,
        last,
        retry,
        false,
        null,
        lastUse);
  }

  KeyStatus used(long use) {
    return new KeyStatus(key, trouble, since, until, retry, isOnTrial, doubt, use);
  }

  /** Tried although it is disabled; nobody else tries it before {@code next}. */
  KeyStatus tried(Instant next) {
    return new KeyStatus(key, trouble, since, next, retry, true, doubt, lastUse);
  }

  /** With the image for which the vendor may have refused the key; null after a success. */
  KeyStatus doubted(@Nullable ImageId id) {
    return new KeyStatus(key, trouble, since, until, retry, isOnTrial, id, lastUse);
  }

  boolean isDoubtedForOtherThan(ImageId id) {
    return doubt != null && !doubt.equals(id);
  }

  boolean isDisabled() {
    return trouble == Problem.UPSTREAM_CREDENTIALS;
  }

  /**
   * A hold that is over leaves a usable key; what was refused stays disabled until it is found
   * well.
   */
  public State stateAt(Instant now) {
    if (isDisabled()) {
      return State.DISABLED;
    }
    return mayBeUsedAt(now) ? State.USABLE : State.HELD;
  }

  boolean mayBeUsedAt(Instant now) {
    return !until.isAfter(now);
  }
}
