package dev.cloakroom.lookup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.cluster.SharedBudget;
import dev.cloakroom.cluster.SharedBudget.Use;
import dev.cloakroom.image.ImageId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** One replica, while another keeps the count. */
class NewImageLimitTests {

  private final List<CompletableFuture<Use>> answers = new ArrayList<>();

  private final NewImageLimit limit =
      new NewImageLimit(
          60,
          new SharedBudget() {
            @Override
            public CompletableFuture<Use> use(
                String client, String item, int limit, Duration window) {
              answers.add(new CompletableFuture<>());
              return answers.getLast();
            }
          },
          () -> 0);

  private CompletableFuture<Boolean> acquire(String id) {
    return limit.acquire("shop", new ImageId(id));
  }

  @Test
  void asksNoMoreOnceTheCountIsReached() {
    CompletableFuture<Boolean> refused = acquire("1");
    answers.getFirst().complete(new Use(false, Duration.ofSeconds(30)));

    assertThat(refused).isCompletedExceptionally();
    assertThat(acquire("2")).isCompletedExceptionally();
    assertThat(answers).hasSize(1);
  }

  @Test
  void goesOnWhenTheNextMinuteBeginsWithAnAnswerUnderWay() {
    CompletableFuture<Boolean> last = acquire("1");
    CompletableFuture<Boolean> first = acquire("2");
    answers.getFirst().complete(new Use(false, Duration.ofMillis(1)));
    answers.getLast().complete(new Use(true, Duration.ofMinutes(1)));

    CompletableFuture<Boolean> next = acquire("3");
    answers.getLast().complete(new Use(true, Duration.ofMinutes(1)));

    assertThat(last).isCompletedExceptionally();
    assertThat(first).isCompletedWithValue(true);
    assertThat(next).isCompletedWithValue(true);
  }
}
