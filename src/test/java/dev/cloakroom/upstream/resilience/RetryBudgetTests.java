package dev.cloakroom.upstream.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RetryBudgetTests {

  private final RetryBudget budget = new RetryBudget(0.2);

  @Test
  void letsRepeatsBeShareOfFirstCallsWhenEveryCallFails() {
    int repeats = 0;
    for (int first = 1; first <= 1_000; first++) {
      budget.called();
      while (budget.take()) {
        repeats++;
        budget.called();
      }
      assertThat(repeats).isLessThanOrEqualTo(first / 5);
    }

    assertThat(repeats).isBetween(195, 200);
  }

  @Test
  void savesUpForNoMoreThanTen() {
    for (int i = 0; i < 10_000; i++) {
      budget.called();
    }

    int repeats = 0;
    while (budget.take()) {
      repeats++;
    }

    assertThat(repeats).isEqualTo(10);
  }
}
