package dev.cloakroom;

import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.context.annotation.Primary;

/** A clock that goes on when a test says so. */
@Primary
public class FakeTime implements InstantSource, Ticker {

  private static final Instant START = Instant.parse("2026-01-01T10:00:00Z");

  private final AtomicLong nanos = new AtomicLong();

  /** Lets time pass. */
  public void advance(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Override
  public Instant instant() {
    return START.plusNanos(nanos.get());
  }

  @Override
  public long read() {
    return nanos.get();
  }
}
