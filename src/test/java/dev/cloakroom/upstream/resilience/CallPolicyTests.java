package dev.cloakroom.upstream.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.cluster.SharedCooldowns;
import dev.cloakroom.cluster.SharedRate;
import dev.cloakroom.problem.ProblemException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

class CallPolicyTests {

  private static final Duration INTERVAL = Duration.ofMillis(50);

  @Test
  void spreadsCallsThatComeAtOnce() {
    CallPolicy callPolicy = callPolicy(InstantSource.system());
    Deadline deadline = Deadline.in(Duration.ofSeconds(5));
    long start = System.nanoTime();

    List<Long> times =
        Stream.generate(() -> call(callPolicy, deadline)).limit(6).toList().stream()
            .map(CompletableFuture::join)
            .toList();

    for (int i = 1; i < times.size(); i++) {
      assertThat(Duration.ofNanos(times.get(i) - start))
          .isGreaterThan(INTERVAL.multipliedBy(i).minusMillis(2));
    }
  }

  @Test
  void refusesCallThatWouldComeTooLate() {
    CallPolicy callPolicy = callPolicy(InstantSource.fixed(Instant.EPOCH));
    Deadline deadline = Deadline.in(Duration.ofMillis(200));

    List<CompletableFuture<Long>> calls =
        Stream.generate(() -> call(callPolicy, deadline)).limit(9).toList();

    assertThat(calls.getFirst()).succeedsWithin(Duration.ofSeconds(1));
    assertThat(calls.getLast().exceptionNow()).isInstanceOf(ProblemException.class);
  }

  private static CallPolicy callPolicy(InstantSource clock) {
    var breaker = new Breaker(Duration.ofSeconds(1), clock, SharedCooldowns.alone());
    double rate = 1e9 / INTERVAL.toNanos();
    return new CallPolicy(
        new RateLimiter(rate, clock, SharedRate.alone()), breaker, new RetryPolicy(0, breaker));
  }

  private static CompletableFuture<Long> call(CallPolicy callPolicy, Deadline deadline) {
    return callPolicy
        .call("a", deadline, new Attempt(false), Mono.fromSupplier(System::nanoTime))
        .toFuture();
  }
}
