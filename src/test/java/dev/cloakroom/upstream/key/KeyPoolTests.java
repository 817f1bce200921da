package dev.cloakroom.upstream.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.cloakroom.FakeTime;
import dev.cloakroom.cluster.Cluster;
import dev.cloakroom.cluster.HoldsBus;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.upstream.key.KeyStatus.State;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KeyPoolTests {

  private static final NamedKey A = key("a", "secret-of-a");
  private static final NamedKey B = key("b", "secret-of-b");

  private final FakeTime time = new FakeTime();
  private final KeyPool keys =
      new KeyPool(List.of(A, B), Duration.ofMinutes(10), time, time, Cluster.alone());

  @Test
  void takesTheLeastRecentlyUsed() {
    assertThat(List.of(take(), take(), take())).containsExactly(A, B, A);
  }

  @Test
  void takesTheOneThatIsAskedForFirst() {
    take();

    assertThat(keys.take("a", Set.of())).isEqualTo(A);
  }

  @Test
  void holdsKeyUntilTheVendorsWaitIsOver() {
    keys.hold(A, throttledFor(30));

    time.advance(Duration.ofSeconds(29));
    assertThat(List.of(take(), take())).containsOnly(B);
    time.advance(Duration.ofSeconds(1));
    assertThat(take()).isEqualTo(A);
  }

  @Test
  void doesAsOtherReplicasDoWithTheSameKeyWhateverItsName() {
    var bus = new HoldsBus();
    NamedKey sameAsA = key("renamed", "secret-of-a");
    NamedKey rotated = key("b", "secret-of-new-b");
    KeyPool here = pool(bus, A, B);
    KeyPool there = pool(bus, sameAsA, rotated);

    here.hold(A, throttledFor(30));
    here.hold(B, Problem.UPSTREAM_CREDENTIALS.exception());
    assertThat(List.of(there.take(null, Set.of()), there.take(null, Set.of())))
        .containsOnly(rotated);
    there.hold(sameAsA, Problem.UPSTREAM_CREDENTIALS.exception());
    assertThat(stateOf(here, "a")).isEqualTo(State.DISABLED);
    there.works(sameAsA);

    assertThat(stateOf(here, "a")).isEqualTo(State.USABLE);
    assertThat(stateOf(here, "b")).isEqualTo(State.DISABLED);
  }

  private KeyPool pool(HoldsBus bus, NamedKey... keys) {
    return new KeyPool(List.of(keys), Duration.ofMinutes(10), time, time, bus.join());
  }

  private State stateOf(KeyPool pool, String name) {
    return pool.statuses().stream()
        .filter(status -> status.key().name().equals(name))
        .findAny()
        .orElseThrow()
        .stateAt(time.instant());
  }

  @Test
  void neverShortensHold() {
    keys.hold(A, throttledFor(30));
    keys.hold(B, throttledFor(40));

    keys.hold(A, throttledFor(5));

    assertOutage(Problem.UPSTREAM_THROTTLED, 30);
  }

  @Test
  void lengthensHold() {
    keys.hold(A, throttledFor(30));
    keys.hold(B, throttledFor(100));
    time.advance(Duration.ofSeconds(10));

    keys.hold(A, throttledFor(30));

    assertOutage(Problem.UPSTREAM_THROTTLED, 30);
  }

  @Test
  void tellsTheSoonestReturnAndWhetherTheVendorOnlyWantsToBeLeftAlone() {
    keys.hold(A, refused());
    keys.hold(B, refused());
    assertOutage(Problem.UPSTREAM_CREDENTIALS, 600);

    keys.replace(List.of(A, key("b", "another")));
    keys.hold(key("b", "another"), throttledFor(20));
    assertOutage(Problem.UPSTREAM_THROTTLED, 20);
  }

  @Test
  void triesRefusedKeyWithOneCallAtATime() {
    keys.hold(A, refused());

    time.advance(Duration.ofMinutes(10).minusMillis(1));
    assertThat(List.of(take(), take())).containsOnly(B);
    time.advance(Duration.ofMillis(1));
    assertThat(List.of(take(), take(), take())).containsExactly(A, B, B);
    keys.hold(A, refused());
    time.advance(Duration.ofMinutes(9));
    assertThat(List.of(take(), take())).containsOnly(B);
  }

  @Test
  void usesKeyAgainThatWasFoundWell() {
    keys.hold(A, refused());
    time.advance(Duration.ofMinutes(10));
    take();

    keys.works(A);

    assertThat(List.of(take(), take())).containsOnlyOnce(A);
    assertThat(states()).containsOnly(State.USABLE);
  }

  @Test
  void keepsRefusedKeyDisabledWhateverItsEarlierCallsBring() {
    keys.hold(A, refused());

    keys.hold(A, throttledFor(1));
    time.advance(Duration.ofMinutes(1));

    assertThat(states()).containsExactly(State.DISABLED, State.USABLE);
  }

  @Test
  void keepsHoldsOfKeysThatStayAndForgetsThoseOfChangedOnes() {
    keys.hold(A, refused());
    keys.hold(B, throttledFor(30));

    keys.replace(List.of(key("a", "new-secret-of-a"), B));

    assertThat(states()).containsExactly(State.USABLE, State.HELD);
  }

  @Test
  void letsNoCallOfAnOldKeySpeakForTheNew() {
    NamedKey renewed = key("a", "new-secret-of-a");
    keys.replace(List.of(renewed, B));

    keys.hold(A, refused());

    assertThat(states()).containsOnly(State.USABLE);
  }

  @Test
  void removesEveryKeyOfItsOwnAndThoseOfCallsThatMayBeUnderWay() {
    keys.replace(List.of(key("a", "secret-of-a-that-is-longer")));

    assertThat(keys.removeKeysFrom("secret-of-b Secret-Of-A secret-of-a-that-is-longer, x"))
        .isEqualTo("*** *** ***, x");
  }

  private NamedKey take() {
    return keys.take(null, Set.of());
  }

  private List<State> states() {
    return keys.statuses().stream().map(key -> key.stateAt(time.instant())).toList();
  }

  private void assertOutage(Problem why, long seconds) {
    assertThatExceptionOfType(ProblemException.class)
        .isThrownBy(this::take)
        .satisfies(held -> assertThat(held.problem()).isEqualTo(why))
        .satisfies(held -> assertThat(held.retryAfter()).isEqualTo(Duration.ofSeconds(seconds)));
  }

  private static NamedKey key(String name, String secret) {
    return new NamedKey(name, new ApiKey(secret));
  }

  private static ProblemException throttledFor(long seconds) {
    return Problem.UPSTREAM_THROTTLED.retryAfter(Duration.ofSeconds(seconds), null);
  }

  private static ProblemException refused() {
    return Problem.UPSTREAM_CREDENTIALS.retryAfter(Duration.ofSeconds(5), null);
  }
}
