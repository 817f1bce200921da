package dev.cloakroom.content;

import java.util.concurrent.atomic.AtomicInteger;

/** Counts those who hold a resource, and releases it after the last. */
final class Holders {

  private final AtomicInteger count = new AtomicInteger(1);
  private final Runnable release;

  /** Held once. */
  Holders(Runnable release) {
    this.release = release;
  }

  /** One more holds it; false where it is released already. */
  boolean add() {
    return count.getAndUpdate(holders -> holders == 0 ? 0 : holders + 1) > 0;
  }

  /** One less holds it. */
  void remove() {
    if (count.decrementAndGet() == 0) {
      release.run();
    }
  }
}
