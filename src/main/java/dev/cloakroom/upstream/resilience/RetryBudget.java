package dev.cloakroom.upstream.resilience;

/** Lets repeats be a share of the first calls at most, whatever goes wrong. */
final class RetryBudget {

  /** So that good times save up for no storm of repeats in bad ones. */
  private static final double MAX = 10;

  private final double perCall;
  private double saved;

  RetryBudget(double share) {
    // Every call counts, repeats too: n/(1+n) of all calls are n of the first ones.
    this.perCall = share / (1 + share);
  }

  synchronized void called() {
    saved = Math.min(MAX, saved + perCall);
  }

  synchronized boolean take() {
    // What a sum of shares lacks to a whole one by rounding must not count.
    if (saved < 1 - 1e-9) {
      return false;
    }
    saved = Math.max(0, saved - 1);
    return true;
  }

  synchronized double saved() {
    return saved;
  }
}
