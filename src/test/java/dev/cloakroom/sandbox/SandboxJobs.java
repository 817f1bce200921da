package dev.cloakroom.sandbox;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** The vendor's jobs: each begins when it is first asked for. Some of them are the page's. */
final class SandboxJobs {

  /** What has become of a job. */
  enum State {
    PROCESSING,
    READY,
    FAILED
  }

  private static final long FIRST_OF_PAGE = 7001;
  private static final int PAGE = 12;
  private static final int MAX_PAGE = 24;
  private static final Duration WORK = Duration.ofSeconds(6);

  private final Cache<String, Instant> begun = Caffeine.newBuilder().maximumSize(10_000).build();
  private final List<Long> page = new ArrayList<>();
  private final InstantSource clock;
  private long next = FIRST_OF_PAGE;

  /** A dozen of the page's. */
  SandboxJobs(InstantSource clock) {
    this.clock = clock;
    for (int i = 0; i < PAGE; i++) {
      add();
    }
  }

  /** Gives the page one more, in place of its oldest when there are many. */
  synchronized void add() {
    page.addFirst(next++);
    if (page.size() > MAX_PAGE) {
      page.removeLast();
    }
  }

  /** The page's, from the latest. */
  synchronized List<Long> page() {
    return List.copyOf(page);
  }

  /** It begins now, if it has not yet. */
  State state(String id) {
    Instant since = begun.get(id, _ -> clock.instant());
    boolean isOfPage = isOfPage(id);
    Duration work = isOfPage ? workOfPage(id) : WORK;
    if (clock.instant().isBefore(since.plus(work))) {
      return State.PROCESSING;
    }
    return isOfPage && id.endsWith("0") ? State.FAILED : State.READY;
  }

  private synchronized boolean isOfPage(String id) {
    return page.stream().map(String::valueOf).anyMatch(id::equals);
  }

  /** From 4 to 16 seconds, in no order that is seen. */
  private static Duration workOfPage(String id) {
    return Duration.ofSeconds(4 + Long.parseLong(id) * 5 % 13);
  }
}
