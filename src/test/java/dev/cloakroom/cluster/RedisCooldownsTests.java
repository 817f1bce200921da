package dev.cloakroom.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.cluster.SharedCooldowns.Cooldown;
import dev.cloakroom.problem.Problem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RedisCooldownsTests {

  private static final Cooldown SET =
      new Cooldown("key:ab12", Problem.UPSTREAM_CREDENTIALS, Duration.ofMinutes(10));
  private static final Cooldown ENDED = new Cooldown("key:ab12", null, Duration.ZERO);
  private static final Cooldown OTHER =
      new Cooldown("breaker", Problem.UPSTREAM_UNAVAILABLE, Duration.ofSeconds(10));

  private final List<Cooldown> received = new ArrayList<>();
  private final List<CompletableFuture<Long>> sent = new ArrayList<>();
  private final RedisCooldowns cooldowns = new RedisCooldowns(this::send, () -> 2_000);

  private CompletableFuture<Long> send(Cooldown cooldown) {
    var answer = new CompletableFuture<Long>();
    sent.add(answer);
    return answer;
  }

  @BeforeEach
  void addListener() {
    cooldowns.addListener(received::add);
  }

  @Test
  void areNotSetByWhatWasReadBeforeAnotherReplicaEndedThem() {
    cooldowns.onMessage(ENDED, 1_000);

    cooldowns.onMessage(SET, 999);
    cooldowns.onMessage(SET, 1_000);

    assertThat(received).containsExactly(ENDED);
  }

  @Test
  void areSetByWhatWasReadAfterThat() {
    cooldowns.onMessage(ENDED, 1_000);

    cooldowns.onMessage(SET, 1_001);

    assertThat(received).containsExactly(ENDED, SET);
  }

  @Test
  void areKeptApartByName() {
    cooldowns.onMessage(ENDED, 1_000);
    cooldowns.publish(ENDED);

    cooldowns.onMessage(OTHER, 999);

    assertThat(received).containsExactly(ENDED, OTHER);
  }

  @Test
  void areNotSetWhileThisReplicasEndIsOnItsWay() {
    cooldowns.publish(ENDED);

    cooldowns.onMessage(SET, 999);

    assertThat(received).isEmpty();
  }

  @Test
  void areNotSetByWhatWasReadBeforeThisReplicasEndArrived() {
    cooldowns.publish(ENDED);
    sent.getFirst().complete(1_000L);

    cooldowns.onMessage(SET, 999);
    cooldowns.onMessage(SET, 1_001);

    assertThat(received).containsExactly(SET);
  }

  @Test
  void areSetByWhatIsReadAfterAnEndThatFailed() {
    cooldowns.publish(ENDED);
    sent.getFirst().completeExceptionally(new IllegalStateException("Redis is unavailable"));

    cooldowns.onMessage(SET, 1_999);
    cooldowns.onMessage(SET, 2_001);

    assertThat(received).containsExactly(SET);
  }

  @Test
  void areSetWhereThisReplicaSetsThemAgainBeforeTheirEndArrived() {
    cooldowns.publish(ENDED);
    cooldowns.publish(SET);

    cooldowns.onMessage(SET, 1_001);

    assertThat(received).containsExactly(SET);
  }

  @Test
  void areEndedAgainWhereThisReplicaEndsThemWhileItIsNotified() {
    cooldowns.addListener(
        cooldown -> {
          if (cooldown.problem() != null) {
            cooldowns.publish(ENDED);
          }
        });

    cooldowns.onMessage(SET, 1_000);

    assertThat(received).containsExactly(SET, ENDED);
  }

  @Test
  void keepTheLatestOfTheirEnds() {
    cooldowns.onMessage(ENDED, 1_000);
    cooldowns.onMessage(ENDED, 900);

    cooldowns.onMessage(SET, 950);

    assertThat(received).containsExactly(ENDED, ENDED);
  }
}
