package dev.cloakroom.cluster;

import dev.cloakroom.testsupport.Caller.Answer;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Callers who ask for images again and again, at all replicas, until they are closed. */
final class Readers implements AutoCloseable {

  /** One answer, or what kept it from coming. */
  record Read(Answer answer, Throwable failure, Duration time) {

    /** Finished, or not yet. */
    boolean hasState() {
      return failure == null && (answer.status() == 200 || answer.status() == 202);
    }
  }

  private static final Duration PAUSE = Duration.ofMillis(100);

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Queue<Read> reads = new ConcurrentLinkedQueue<>();
  private volatile boolean isOver;

  /** One for each replica and each source of ids. */
  @SafeVarargs
  Readers(List<Replica> replicas, Supplier<String>... ids) {
    for (Replica replica : replicas) {
      for (Supplier<String> next : ids) {
        threads.execute(() -> readOnAndOn(replica, next));
      }
    }
  }

  private void readOnAndOn(Replica replica, Supplier<String> ids) {
    while (!isOver) {
      String id = ids.get();
      long start = System.nanoTime();
      Answer answer = null;
      Throwable failure = null;
      try {
        answer = replica.service().get("/images/" + id);
      } catch (RuntimeException noAnswer) {
        failure = noAnswer;
      }
      reads.add(new Read(answer, failure, Duration.ofNanos(System.nanoTime() - start)));
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  /** So far. */
  List<Read> reads() {
    return List.copyOf(reads);
  }

  @Override
  public void close() {
    isOver = true;
    threads.close();
  }
}
