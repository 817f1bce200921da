package dev.cloakroom.upstream.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.cloakroom.FakeTime;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeyPoolTests {

  private final FakeTime time = new FakeTime();
  private final KeyPool keys =
      new KeyPool(List.of(new NamedKey("1", new ApiKey("secret"))), Duration.ofMinutes(1), time);

  @Test
  void holdsKeyUntilTheVendorsWaitIsOver() {
    keys.hold(throttledFor(30));

    time.advance(Duration.ofSeconds(29));
    assertHeld(Problem.UPSTREAM_THROTTLED, 1);
    time.advance(Duration.ofSeconds(1));
    assertThat(keys.find().name()).isEqualTo("1");
  }

  @Test
  void neverShortensHold() {
    keys.hold(throttledFor(30));

    keys.hold(throttledFor(5));

    assertHeld(Problem.UPSTREAM_THROTTLED, 30);
  }

  @Test
  void lengthensHold() {
    keys.hold(throttledFor(30));
    time.advance(Duration.ofSeconds(10));

    keys.hold(throttledFor(30));

    assertHeld(Problem.UPSTREAM_THROTTLED, 30);
  }

  @Test
  void triesRefusedKeyAgainAfterItsOwnTime() {
    keys.hold(Problem.UPSTREAM_CREDENTIALS.retryAfter(Duration.ofSeconds(5), null));

    assertHeld(Problem.UPSTREAM_CREDENTIALS, 60);
    time.advance(Duration.ofMinutes(1));
    assertThat(keys.find()).isNotNull();
  }

  private void assertHeld(Problem why, long seconds) {
    assertThatExceptionOfType(ProblemException.class)
        .isThrownBy(keys::find)
        .satisfies(held -> assertThat(held.problem()).isEqualTo(why))
        .satisfies(held -> assertThat(held.retryAfter()).isEqualTo(Duration.ofSeconds(seconds)));
  }

  private static ProblemException throttledFor(long seconds) {
    return Problem.UPSTREAM_THROTTLED.retryAfter(Duration.ofSeconds(seconds), null);
  }
}
