package dev.cloakroom.problem;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class LogLimiterTests {

  private final LogLimiter limiter = new LogLimiter();

  @Test
  void allowsTwentyLinesInASecondAndCountsTheOthers() {
    long allowed = IntStream.range(0, 50).filter(_ -> limiter.allows()).count();

    // A second may have begun on the way.
    assertThat(allowed).isBetween(20L, 40L);
    assertThat(limiter.suppressed())
        .isEqualTo(" (and " + (50 - allowed) + " more that are not logged)");
    assertThat(limiter.suppressed()).isEmpty();
    Awaitility.await().atMost(Duration.ofSeconds(2)).until(limiter::allows);
  }
}
