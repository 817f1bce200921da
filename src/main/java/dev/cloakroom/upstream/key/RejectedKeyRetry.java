package dev.cloakroom.upstream.key;

import java.time.Duration;

/**
 * The time until a rejected key is tried again: short at first, and twice as long after each
 * further rejection.
 *
 * @param max not exceeded by any
 */
record RejectedKeyRetry(Duration max) {

  private static final Duration FIRST = Duration.ofSeconds(5);

  /** By then a call that tries a rejected key has ended. */
  private static final Duration MAX_TRIAL = Duration.ofSeconds(30);

  Duration first() {
    return atMost(FIRST);
  }

  Duration after(Duration last) {
    return atMost(last.multipliedBy(2));
  }

  /** The last wait, where another replica has that much of its own left. */
  Duration shared(Duration last, Duration left) {
    Duration known = last.compareTo(first()) < 0 ? first() : last;
    return known.compareTo(left) < 0 ? atMost(left) : known;
  }

  /** The time for which nobody else tries the key. */
  Duration trial() {
    return atMost(MAX_TRIAL);
  }

  Duration atMost(Duration time) {
    return time.compareTo(max) < 0 ? time : max;
  }
}
