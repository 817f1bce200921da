package dev.cloakroom.upstream.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.cluster.SharedCooldowns;
import dev.cloakroom.cluster.SharedRate;
import dev.cloakroom.problem.ProblemException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

class CallPolicyTests {

  private static final InstantSource CLOCK = InstantSource.system();

  private final Breaker breaker =
      new Breaker(Duration.ofSeconds(1), CLOCK, SharedCooldowns.alone());
  private final CallPolicy callPolicy =
      new CallPolicy(
          new RateLimiter(20, CLOCK, SharedRate.alone()), breaker, new RetryPolicy(0, breaker));

  @Test
  void spreadsCallsThatComeAtOnce() {
    Deadline deadline = Deadline.in(Duration.ofSeconds(5));

    List<Long> times =
        Stream.generate(() -> call(deadline)).limit(6).toList().stream()
            .map(CompletableFuture::join)
            .toList();

    for (int i = 1; i < times.size(); i++) {
      assertThat(times.get(i) - times.get(i - 1)).isGreaterThan(30_000_000);
    }
  }

  @Test
  void refusesCallThatWouldComeTooLate() {
    Deadline deadline = Deadline.in(Duration.ofMillis(200));

    List<CompletableFuture<Long>> calls = Stream.generate(() -> call(deadline)).limit(9).toList();

    assertThat(calls.getFirst()).succeedsWithin(Duration.ofSeconds(1));
    assertThat(calls.getLast().exceptionNow()).isInstanceOf(ProblemException.class);
  }

  private CompletableFuture<Long> call(Deadline deadline) {
    return callPolicy
        .call("a", deadline, new Attempt(false), Mono.fromSupplier(System::nanoTime))
        .toFuture();
  }
}
