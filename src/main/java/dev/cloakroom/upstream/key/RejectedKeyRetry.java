package dev.cloakroom.upstream.key;

import java.time.Duration;

/**
 * How long a key that the vendor refuses is left alone: shortly at first, and twice as long after
 * each further refusal.
 *
 * @param longest not exceeded by any
 */
record RejectedKeyRetry(Duration longest) {

  private static final Duration FIRST = Duration.ofSeconds(5);

  /** By then a call that tries a disabled key has ended. */
  private static final Duration LONGEST_TRIAL = Duration.ofSeconds(30);

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
    return atMost(LONGEST_TRIAL);
  }

  Duration atMost(Duration time) {
    return time.compareTo(longest) < 0 ? time : longest;
  }
}
