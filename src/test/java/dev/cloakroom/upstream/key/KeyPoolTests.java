package dev.cloakroom.upstream.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.cloakroom.cluster.CooldownsBus;
import dev.cloakroom.cluster.SharedCooldowns;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.testsupport.FakeTime;
import dev.cloakroom.upstream.key.KeyStatus.State;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KeyPoolTests {

  private static final NamedKey A = key("a", "secret-of-a");
  private static final NamedKey B = key("b", "secret-of-b");

  private static final ImageId ONE = new ImageId("1");
  private static final ImageId ANOTHER = new ImageId("2");

  private final FakeTime time = new FakeTime();
  private final KeyPool keys =
      new KeyPool(List.of(A, B), Duration.ofMinutes(10), time, time, SharedCooldowns.alone());

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
  void keepsKeyInCooldownUntilTheVendorsWaitIsOver() {
    keys.coolDown(A, throttledFor(30));

    time.advance(Duration.ofSeconds(29));
    assertThat(List.of(take(), take())).containsOnly(B);
    time.advance(Duration.ofSeconds(1));
    assertThat(take()).isEqualTo(A);
  }

  @Test
  void doesAsOtherReplicasDoWithTheSameKeyWhateverItsName() {
    var bus = new CooldownsBus();
    NamedKey sameAsA = key("renamed", "secret-of-a");
    NamedKey rotated = key("b", "secret-of-new-b");
    KeyPool here = pool(bus, A, B);
    KeyPool there = pool(bus, sameAsA, rotated);

    here.coolDown(A, throttledFor(30));
    refuse(here, B);
    assertThat(List.of(there.take(null, Set.of()), there.take(null, Set.of())))
        .containsOnly(rotated);
    refuse(there, sameAsA);
    assertThat(stateOf(here, "a")).isEqualTo(State.REJECTED);
    there.works(sameAsA);

    assertThat(stateOf(here, "a")).isEqualTo(State.USABLE);
    assertThat(stateOf(here, "b")).isEqualTo(State.REJECTED);
  }

  private KeyPool pool(CooldownsBus bus, NamedKey... keys) {
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
  void neverShortensCooldown() {
    keys.coolDown(A, throttledFor(30));
    keys.coolDown(B, throttledFor(40));

    keys.coolDown(A, throttledFor(5));

    assertOutage(Problem.UPSTREAM_THROTTLED, 30);
  }

  @Test
  void lengthensCooldown() {
    keys.coolDown(A, throttledFor(30));
    keys.coolDown(B, throttledFor(100));
    time.advance(Duration.ofSeconds(10));

    keys.coolDown(A, throttledFor(30));

    assertOutage(Problem.UPSTREAM_THROTTLED, 30);
  }

  @Test
  void returnsTheSoonestRetryAndWhetherKeysAreOnlyInCooldown() {
    refuse(A);
    time.advance(Duration.ofSeconds(1));
    refuse(B);
    assertOutage(Problem.UPSTREAM_CREDENTIALS, 4);

    keys.replace(List.of(A, key("b", "another")));
    keys.coolDown(key("b", "another"), throttledFor(3));
    assertOutage(Problem.UPSTREAM_THROTTLED, 3);
  }

  @Test
  void triesRejectedKeyWithOneCallAtATime() {
    refuse(A);

    time.advance(Duration.ofSeconds(5).minusMillis(1));
    assertThat(List.of(take(), take())).containsOnly(B);
    time.advance(Duration.ofMillis(1));
    assertThat(List.of(take(), take(), take())).containsExactly(A, B, B);
    refuse(A);
    time.advance(Duration.ofSeconds(9));
    assertThat(List.of(take(), take())).containsOnly(B);
  }

  @Test
  void triesRejectedKeyEverLaterUntilItIsFoundWell() {
    refuse(A);
    for (long seconds : new long[] {5, 10, 20, 40, 80, 160, 320, 600, 600}) {
      assertTrialAfter(seconds);
      refuse(A);
    }
    time.advance(Duration.ofMinutes(10));
    take();
    keys.works(A);

    refuse(A);

    assertTrialAfter(5);
  }

  @Test
  void triesRejectedKeyNoLaterThanTheSettingSays() {
    KeyPool hasty =
        new KeyPool(List.of(A), Duration.ofSeconds(2), time, time, SharedCooldowns.alone());
    refuse(hasty, A);

    time.advance(Duration.ofMillis(1_999));
    assertThat(hasty.take(null, Set.of())).isNull();
    time.advance(Duration.ofMillis(1));
    assertThat(hasty.take(null, Set.of())).isEqualTo(A);
  }

  @Test
  void countsOneRefusalForAllCallsThatWereUnderWay() {
    refuse(A);
    refuse(A);
    refuse(A);

    assertTrialAfter(5);
  }

  @Test
  void growsWithWhatOtherReplicasFindAndOnceForAllWhoTry() {
    var bus = new CooldownsBus();
    KeyPool here = pool(bus, A);
    KeyPool there = pool(bus, A);

    refuse(here, A);
    time.advance(Duration.ofSeconds(5));
    here.take(null, Set.of());
    there.take(null, Set.of());
    refuse(there, A);
    refuse(here, A);

    time.advance(Duration.ofMillis(9_999));
    assertThat(here.take(null, Set.of())).isNull();
    assertThat(there.take(null, Set.of())).isNull();
    time.advance(Duration.ofMillis(1));
    assertThat(here.take(null, Set.of())).isEqualTo(A);
    assertThat(there.take(null, Set.of())).isEqualTo(A);
  }

  @Test
  void rejectsKeyThatWasAmbiguousForTwoImages() {
    ambiguity(A, ONE);
    ambiguity(A, ONE);
    assertThat(states()).containsOnly(State.USABLE);

    ambiguity(A, ANOTHER);

    assertThat(states()).containsExactly(State.REJECTED, State.USABLE);
  }

  @Test
  void clearsAmbiguityAfterSuccess() {
    ambiguity(A, ONE);
    keys.works(A);

    ambiguity(A, ANOTHER);

    assertThat(states()).containsOnly(State.USABLE);
  }

  @Test
  void extendsNoRejectionForAmbiguousAnswers() {
    refuse(A);
    assertTrialAfter(5);
    ambiguity(A, ONE);

    assertTrialAfter(5);
  }

  @Test
  void rejectsNoSecondKeyForOneRequest() {
    var request = keys.attemptsFor(ONE);

    request.failed(request.next(), rejected());
    request.failed(request.next(), rejected());

    assertThat(states()).containsExactly(State.REJECTED, State.USABLE);
  }

  private void assertTrialAfter(long seconds) {
    time.advance(Duration.ofSeconds(seconds).minusMillis(1));
    assertThat(List.of(take(), take())).containsOnly(B);
    time.advance(Duration.ofMillis(1));
    assertThat(take()).isEqualTo(A);
  }

  @Test
  void usesKeyAgainThatWasFoundWell() {
    refuse(A);
    time.advance(Duration.ofSeconds(5));
    take();

    keys.works(A);

    assertThat(List.of(take(), take())).containsOnlyOnce(A);
    assertThat(states()).containsOnly(State.USABLE);
  }

  @Test
  void keepsRejectedKeyWhateverItsEarlierCallsBring() {
    refuse(A);

    keys.coolDown(A, throttledFor(1));
    time.advance(Duration.ofMinutes(1));

    assertThat(states()).containsExactly(State.REJECTED, State.USABLE);
  }

  @Test
  void keepsCooldownsOfKeysThatStayAndNoneOfChangedOnes() {
    refuse(A);
    keys.coolDown(B, throttledFor(30));

    keys.replace(List.of(key("a", "new-secret-of-a"), B));

    assertThat(states()).containsExactly(State.USABLE, State.COOLDOWN);
  }

  @Test
  void letsNoCallOfAnOldKeySpeakForTheNew() {
    NamedKey renewed = key("a", "new-secret-of-a");
    keys.replace(List.of(renewed, B));

    refuse(A);

    assertThat(states()).containsOnly(State.USABLE);
  }

  @Test
  void findsEveryKeyOfItsOwnAndThoseOfCallsThatMayBeUnderWay() {
    keys.replace(List.of(key("a", "another-secret-of-a")));

    assertThat(List.of("secret-of-b", "Secret-Of-A", "another-secret-of")).allMatch(keys::isKeyIn);
    assertThat(keys.isKeyIn("secret-of-c, another-sec")).isFalse();
  }

  private NamedKey take() {
    return keys.attemptsFor(ONE).next();
  }

  private void refuse(NamedKey key) {
    refuse(keys, key);
  }

  private static void refuse(KeyPool pool, NamedKey key) {
    pool.rejected(key, ONE, rejected(), true);
  }

  private void ambiguity(NamedKey key, ImageId id) {
    keys.rejected(key, id, Problem.UPSTREAM_UNAVAILABLE.exception(), true);
  }

  private List<State> states() {
    return keys.statuses().stream().map(key -> key.stateAt(time.instant())).toList();
  }

  private void assertOutage(Problem why, long seconds) {
    assertThatExceptionOfType(ProblemException.class)
        .isThrownBy(this::take)
        .satisfies(outage -> assertThat(outage.problem()).isEqualTo(why))
        .satisfies(
            outage -> assertThat(outage.retryAfter()).isEqualTo(Duration.ofSeconds(seconds)));
  }

  private static NamedKey key(String name, String secret) {
    return new NamedKey(name, new ApiKey(secret));
  }

  private static ProblemException throttledFor(long seconds) {
    return Problem.UPSTREAM_THROTTLED.retryAfter(Duration.ofSeconds(seconds), null);
  }

  private static ProblemException rejected() {
    return Problem.UPSTREAM_CREDENTIALS.retryAfter(Duration.ofSeconds(5), null);
  }
}
