package dev.cloakroom.upstream.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.cluster.SharedRate;
import dev.cloakroom.image.Requester;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Who gets the turns of a rate of 10 calls a second. */
class TurnQueueTests {

  private static final Duration ENOUGH = Duration.ofSeconds(10);

  private final RateLimiter rateLimiter =
      new RateLimiter(10, InstantSource.system(), SharedRate.alone());

  private final List<String> served = Collections.synchronizedList(new ArrayList<>());

  private CompletableFuture<Void> call(String client, boolean isKnown, Duration time) {
    return rateLimiter
        .acquire("key", new Attempt(isKnown, new Requester(client, "")), Deadline.in(time))
        .doOnSuccess(_ -> served.add(client + (isKnown ? " known" : "")))
        .toFuture();
  }

  private void awaitAll(List<CompletableFuture<Void>> calls) {
    CompletableFuture.allOf(calls.toArray(CompletableFuture[]::new)).join();
  }

  @Test
  void servesOneCallAtOnceWithoutQueue() {
    assertThat(call("a", false, ENOUGH)).isCompleted();
  }

  @Test
  void letsClientsTakeTurns() {
    List<CompletableFuture<Void>> calls = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      calls.add(call("scan", false, ENOUGH));
    }
    calls.add(call("shop", false, ENOUGH));
    calls.add(call("shop", false, ENOUGH));

    awaitAll(calls);

    assertThat(served).hasSize(12);
    // The first of all had no queue before it.
    assertThat(served.subList(0, 5)).containsExactly("scan", "scan", "shop", "scan", "shop");
  }

  @Test
  void servesKnownImagesFirst() {
    List<CompletableFuture<Void>> calls = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      calls.add(call("scan", false, ENOUGH));
    }
    calls.add(call("scan", true, ENOUGH));
    calls.add(call("shop", true, ENOUGH));

    awaitAll(calls);

    assertThat(served.subList(0, 3)).containsExactly("scan", "scan known", "shop known");
  }

  @Test
  void letsNoClientTakeAllTurns() {
    List<CompletableFuture<Void>> scan = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      scan.add(call("scan", false, Duration.ofSeconds(1)));
    }
    assertThat(scan.getLast()).isCompletedExceptionally();

    CompletableFuture<Void> shop = call("shop", false, Duration.ofSeconds(1));
    CompletableFuture<Void> known = call("scan", true, Duration.ofSeconds(1));

    assertThat(shop).succeedsWithin(Duration.ofSeconds(5));
    assertThat(known).succeedsWithin(Duration.ofSeconds(5));
    assertThat(scan).filteredOn(CompletableFuture::isCompletedExceptionally).hasSizeGreaterThan(80);
    assertThat(ProblemException.of(scan.getLast().exceptionNow()).problem())
        .isEqualTo(Problem.UPSTREAM_UNAVAILABLE);
  }

  @Test
  void givesTheTurnOfCallThatIsCancelledToAnother() {
    CompletableFuture<Void> first = call("a", false, ENOUGH);
    var second =
        rateLimiter
            .acquire("key", new Attempt(false, new Requester("a", "")), Deadline.in(ENOUGH))
            .doOnSuccess(_ -> served.add("cancelled"))
            .subscribe();
    CompletableFuture<Void> third = call("b", false, ENOUGH);

    second.dispose();

    assertThat(first).isCompleted();
    assertThat(third).succeedsWithin(Duration.ofSeconds(5));
    assertThat(served).containsExactly("a", "b");
  }
}
