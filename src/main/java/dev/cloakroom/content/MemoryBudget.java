package dev.cloakroom.content;

import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.RetryAfter;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.stereotype.Component;
import org.springframework.util.unit.DataSize;

/** Bounds the memory of pictures that no disk takes. */
@Component
final class MemoryBudget {

  private static final long SIZE = DataSize.ofMegabytes(64).toBytes();

  private final AtomicLong used = new AtomicLong();

  /**
   * Takes so many bytes.
   *
   * @throws dev.cloakroom.problem.ProblemException where they are not left
   */
  void acquire(long bytes) {
    if (used.addAndGet(bytes) > SIZE) {
      used.addAndGet(-bytes);
      throw Problem.CONTENT_UNAVAILABLE.retryAfter(
          RetryAfter.DEFAULT,
          new IOException("the disk takes no picture, and memory has no room for one more"));
    }
  }

  void release(long bytes) {
    used.addAndGet(-bytes);
  }

  long used() {
    return used.get();
  }
}
