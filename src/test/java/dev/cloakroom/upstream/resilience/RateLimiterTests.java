package dev.cloakroom.upstream.resilience;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.cloakroom.cluster.SharedRate;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.testsupport.FakeTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RateLimiterTests {

  private final FakeTime time = new FakeTime();
  private final RateLimiter rateLimiter = new RateLimiter(4, time, SharedRate.alone());

  @Test
  void spreadsCallsWithEachKey() {
    assertThat(List.of(millis("a"), millis("a"), millis("b"), millis("a")))
        .containsExactly(0L, 250L, 0L, 500L);
  }

  @Test
  void savesUpNoCalls() {
    millis("a");
    time.advance(Duration.ofHours(1));

    assertThat(List.of(millis("a"), millis("a"))).containsExactly(0L, 250L);
  }

  @Test
  void refusesCallAfterTheDeadlineAndReservesNone() {
    millis("a");
    millis("a");
    Deadline soon = Deadline.in(Duration.ofMillis(900));

    assertThatExceptionOfType(ProblemException.class)
        .isThrownBy(() -> rateLimiter.reserve("a", soon).block())
        .satisfies(e -> assertThat(e.problem()).isEqualTo(Problem.UPSTREAM_UNAVAILABLE))
        .satisfies(e -> assertThat(e.retryAfter()).isEqualTo(Duration.ofMillis(500)));
    assertThat(millis("a")).isEqualTo(500);
  }

  @Test
  void knowsNoLimitAtRateZero() {
    var unlimited = new RateLimiter(0, time, SharedRate.alone());

    for (int i = 0; i < 100; i++) {
      assertThat(unlimited.reserve("a", Deadline.in(Duration.ZERO)).block()).isZero();
    }
  }

  @Test
  void reservesWithAllReplicas() {
    var shared = new RateLimiter(4, time, fleet(Duration.ofMillis(700)));

    Duration wait = shared.reserve("a", Deadline.in(Duration.ofMinutes(1))).block();

    assertThat(wait).isEqualTo(Duration.ofMillis(700));
    assertThat(shared.rate()).isEqualTo(4);
    assertThatExceptionOfType(ProblemException.class)
        .isThrownBy(() -> shared.reserve("a", Deadline.in(Duration.ofSeconds(1))).block())
        .satisfies(e -> assertThat(e.retryAfter()).isEqualTo(Duration.ofMillis(700)));
  }

  @Test
  void keepsToItsShareWhereNothingIsShared() {
    var own = new RateLimiter(4, time, fleet(null));
    Deadline deadline = Deadline.in(Duration.ofMinutes(1));

    List<Duration> waits =
        List.of(own.reserve("a", deadline).block(), own.reserve("a", deadline).block());

    assertThat(waits).containsExactly(Duration.ZERO, Duration.ofMillis(750));
    assertThat(own.rate()).isEqualTo(4 / 3.0);
  }

  private static SharedRate fleet(@Nullable Duration wait) {
    return new SharedRate() {

      @Override
      public CompletableFuture<@Nullable Duration> reserve(
          String name, Duration interval, Duration maxWait) {
        return CompletableFuture.completedFuture(wait);
      }

      @Override
      public int replicas() {
        return 3;
      }
    };
  }

  private long millis(String key) {
    return rateLimiter.reserve(key, Deadline.in(Duration.ofMinutes(1))).block().toMillis();
  }
}
