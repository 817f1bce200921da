package dev.cloakroom.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.problem.Problem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SharedCooldownsTests {

  private static final Cooldown HELD =
      new Cooldown("key:ab12", Problem.UPSTREAM_CREDENTIALS, Duration.ofMinutes(10));
  private static final Cooldown LIFTED = new Cooldown("key:ab12", null, Duration.ZERO);
  private static final Cooldown OTHER =
      new Cooldown("breaker", Problem.UPSTREAM_UNAVAILABLE, Duration.ofSeconds(10));

  private final List<Cooldown> told = new ArrayList<>();
  private final List<CompletableFuture<Long>> sent = new ArrayList<>();
  private final SharedCooldowns holds = new SharedCooldowns(this::send, () -> 2_000);

  private CompletableFuture<Long> send(Cooldown hold) {
    var answer = new CompletableFuture<Long>();
    sent.add(answer);
    return answer;
  }

  @BeforeEach
  void listen() {
    holds.listen(told::add);
  }

  @Test
  void areNotSetByWhatWasReadBeforeAnotherReplicaLiftedThem() {
    holds.hear(LIFTED, 1_000);

    holds.hear(HELD, 999);
    holds.hear(HELD, 1_000);

    assertThat(told).containsExactly(LIFTED);
  }

  @Test
  void areSetByWhatWasReadAfterThat() {
    holds.hear(LIFTED, 1_000);

    holds.hear(HELD, 1_001);

    assertThat(told).containsExactly(LIFTED, HELD);
  }

  @Test
  void areKeptApartByName() {
    holds.hear(LIFTED, 1_000);
    holds.tell(LIFTED);

    holds.hear(OTHER, 999);

    assertThat(told).containsExactly(LIFTED, OTHER);
  }

  @Test
  void areNotSetWhileThisReplicasLiftIsOnItsWay() {
    holds.tell(LIFTED);

    holds.hear(HELD, 999);

    assertThat(told).isEmpty();
  }

  @Test
  void areNotSetByWhatWasReadBeforeThisReplicasLiftArrived() {
    holds.tell(LIFTED);
    sent.getFirst().complete(1_000L);

    holds.hear(HELD, 999);
    holds.hear(HELD, 1_001);

    assertThat(told).containsExactly(HELD);
  }

  @Test
  void areSetByWhatIsReadAfterLiftThatFailed() {
    holds.tell(LIFTED);
    sent.getFirst().completeExceptionally(new IllegalStateException("Redis is away"));

    holds.hear(HELD, 1_999);
    holds.hear(HELD, 2_001);

    assertThat(told).containsExactly(HELD);
  }

  @Test
  void areSetWhereThisReplicaHoldsAgainBeforeItsLiftArrived() {
    holds.tell(LIFTED);
    holds.tell(HELD);

    holds.hear(HELD, 1_001);

    assertThat(told).containsExactly(HELD);
  }

  @Test
  void areLiftedAgainWhereThisReplicaLiftsThemWhileTheyAreTold() {
    holds.listen(
        hold -> {
          if (hold.problem() != null) {
            holds.tell(LIFTED);
          }
        });

    holds.hear(HELD, 1_000);

    assertThat(told).containsExactly(HELD, LIFTED);
  }

  @Test
  void keepTheLatestOfTheirLifts() {
    holds.hear(LIFTED, 1_000);
    holds.hear(LIFTED, 900);

    holds.hear(HELD, 950);

    assertThat(told).containsExactly(LIFTED, LIFTED);
  }
}
