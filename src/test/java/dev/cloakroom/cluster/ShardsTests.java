package dev.cloakroom.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisCommandExecutionException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.data.redis.RedisSystemException;

class ShardsTests {

  private static final Exception TIMEOUT = new TimeoutException();

  private final AtomicLong nanoTime = new AtomicLong();
  private final Shards shards = new Shards(key -> key.substring(0, 1), nanoTime::get);

  @Test
  void areSkippedAfterFewFailuresInRow() {
    failTimes(2, "a1");
    boolean before = shards.of("a1").mayBeAsked();
    failTimes(1, "a2");

    assertThat(before).isTrue();
    assertThat(shards.of("a3").mayBeAsked()).isFalse();
    assertThat(shards.of("b1").mayBeAsked()).isTrue();
  }

  @Test
  void areTriedOnceEachSecond() {
    failTimes(3, "a");
    nanoTime.addAndGet(Duration.ofSeconds(1).toNanos());

    assertThat(Stream.generate(() -> shards.of("a").mayBeAsked()).limit(3))
        .containsExactly(true, false, false);
    failTimes(1, "a");
    nanoTime.addAndGet(Duration.ofMillis(999).toNanos());
    assertThat(shards.of("a").mayBeAsked()).isFalse();
  }

  @Test
  void areAskedByAllAfterTryThatWentWell() {
    failTimes(3, "a");

    shards.of("a").ended(null);

    assertThat(Stream.generate(() -> shards.of("a").mayBeAsked()).limit(3)).containsOnly(true);
  }

  @Test
  void areAskedOnWhereTheyRefuse() {
    var refusal =
        new RedisSystemException("refused", new RedisCommandExecutionException("WRONGTYPE"));

    Stream.generate(() -> refusal).limit(9).forEach(shards.of("a")::ended);

    assertThat(shards.of("a").mayBeAsked()).isTrue();
  }

  @Test
  void areUsedAgainAfterReset() {
    failTimes(3, "a");

    shards.reset();

    assertThat(shards.of("a").mayBeAsked()).isTrue();
  }

  private void failTimes(int times, String key) {
    Stream.generate(() -> TIMEOUT).limit(times).forEach(shards.of(key)::ended);
  }
}
