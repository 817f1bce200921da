package dev.cloakroom.upstream.restraint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.cloakroom.FakeTime;
import dev.cloakroom.cluster.Cluster;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class PaceTests {

  private final FakeTime time = new FakeTime();
  private final Pace pace = new Pace(4, time, Cluster.alone());

  @Test
  void spreadsCallsWithEachKey() {
    assertThat(List.of(millis("a"), millis("a"), millis("b"), millis("a")))
        .containsExactly(0L, 250L, 0L, 500L);
  }

  @Test
  void savesUpNoTurns() {
    millis("a");
    time.advance(Duration.ofHours(1));

    assertThat(List.of(millis("a"), millis("a"))).containsExactly(0L, 250L);
  }

  @Test
  void refusesTurnAfterTheDeadlineAndTakesNone() {
    millis("a");
    millis("a");
    Deadline soon = Deadline.in(Duration.ofMillis(900));

    assertThatExceptionOfType(ProblemException.class)
        .isThrownBy(() -> pace.reserve("a", soon).block())
        .satisfies(e -> assertThat(e.problem()).isEqualTo(Problem.UPSTREAM_UNAVAILABLE))
        .satisfies(e -> assertThat(e.retryAfter()).isEqualTo(Duration.ofMillis(500)));
    assertThat(millis("a")).isEqualTo(500);
  }

  @Test
  void knowsNoLimitAtRateZero() {
    var unlimited = new Pace(0, time, Cluster.alone());

    for (int i = 0; i < 100; i++) {
      assertThat(unlimited.reserve("a", Deadline.in(Duration.ZERO)).block()).isZero();
    }
  }

  private long millis(String key) {
    return pace.reserve(key, Deadline.in(Duration.ofMinutes(1))).block().toMillis();
  }
}
