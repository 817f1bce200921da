package dev.cloakroom.problem;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.FakeTime;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LogLimiterTests {

  private final FakeTime time = new FakeTime();
  private final LogLimiter limiter = new LogLimiter(time);

  @Test
  void allowsTwentyLinesInASecondAndCountsTheOthers() {
    assertThat(IntStream.range(0, 50).filter(_ -> limiter.allows())).hasSize(20);

    time.advance(Duration.ofMillis(999));
    assertThat(limiter.allows()).isFalse();
    assertThat(limiter.suppressed()).isEqualTo(" (and 31 more that are not logged)");
    assertThat(limiter.suppressed()).isEmpty();

    time.advance(Duration.ofMillis(1));
    assertThat(limiter.allows()).isTrue();
  }
}
