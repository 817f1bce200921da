package dev.cloakroom.testsupport;

import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.context.annotation.Primary;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.Trigger;

/** A clock, and a timer, that go on when a test says so. */
@Primary
public class FakeTime implements InstantSource, Ticker, TaskScheduler {

  private static final Instant START = Instant.parse("2026-01-01T10:00:00Z");

  private final AtomicLong nanos = new AtomicLong();
  private final Queue<Task> tasks = new PriorityQueue<>(Comparator.comparing(task -> task.due));

  /** Lets time pass; what becomes due on the way is run, each at its time, by this thread. */
  public void advance(Duration time) {
    Instant end = instant().plus(time);
    for (Task task = next(end); task != null; task = next(end)) {
      nanos.accumulateAndGet(Duration.between(START, task.due).toNanos(), Math::max);
      task.run();
    }
    nanos.accumulateAndGet(Duration.between(START, end).toNanos(), Math::max);
  }

  private Task next(Instant end) {
    synchronized (tasks) {
      tasks.removeIf(FutureTask::isCancelled);
      return tasks.isEmpty() || tasks.peek().due.isAfter(end) ? null : tasks.remove();
    }
  }

  /** Time until the next task is due; there must be one. */
  public Duration untilNextTask() {
    synchronized (tasks) {
      tasks.removeIf(FutureTask::isCancelled);
      return Duration.between(instant(), tasks.element().due);
    }
  }

  /** How many tasks wait for their time. */
  public int tasks() {
    synchronized (tasks) {
      tasks.removeIf(FutureTask::isCancelled);
      return tasks.size();
    }
  }

  @Override
  public Instant instant() {
    return START.plusNanos(nanos.get());
  }

  @Override
  public long read() {
    return nanos.get();
  }

  @Override
  public Clock getClock() {
    return withZone(ZoneOffset.UTC);
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable work, Instant due) {
    var task = new Task(work, due);
    synchronized (tasks) {
      tasks.add(task);
    }
    return task;
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable task, Trigger trigger) {
    throw new UnsupportedOperationException();
  }

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(Runnable task, Instant start, Duration period) {
    throw new UnsupportedOperationException();
  }

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(Runnable task, Duration period) {
    throw new UnsupportedOperationException();
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, Instant start, Duration delay) {
    throw new UnsupportedOperationException();
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, Duration delay) {
    throw new UnsupportedOperationException();
  }

  private final class Task extends FutureTask<Void> implements ScheduledFuture<Void> {

    private final Instant due;

    Task(Runnable work, Instant due) {
      super(work, null);
      this.due = due;
    }

    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(Duration.between(instant(), due));
    }

    @Override
    public int compareTo(Delayed other) {
      return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
    }
  }
}
