package dev.cloakroom.upstream.key;

import dev.cloakroom.settings.InvalidSettingException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings changed key files into the pool, without a restart: all or none of a set, and the last
 * good one stays while there is no other.
 */
public final class KeyReloader implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(KeyReloader.class);

  /** Often enough to use a new key within 5 seconds, even if one read meets a half-made change. */
  private static final Duration EVERY = Duration.ofSeconds(2);

  private final KeySource source;
  private final KeyPool pool;
  private final ScheduledExecutorService poller =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("key-reloader").daemon().factory());
  private final AtomicLong failures = new AtomicLong();
  private List<NamedKey> last;
  private volatile @Nullable String fault;

  /** With the keys that are in the pool. */
  public KeyReloader(KeySource source, KeyPool pool) {
    this.source = source;
    this.pool = pool;
    this.last = pool.statuses().stream().map(KeyStatus::key).toList();
  }

  /** Reads the files every two seconds from now on, where keys come from files. */
  public void start() {
    if (source.directory() != null) {
      var _ =
          poller.scheduleWithFixedDelay(
              this::reload, EVERY.toMillis(), EVERY.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  /** Takes the keys in the files, if they are a whole set. */
  synchronized void reload() {
    try {
      List<NamedKey> found = source.read();
      if (!found.equals(last)) {
        pool.replace(found);
        last = found;
        log.info("Keys reloaded: {}", found.stream().map(NamedKey::name).toList());
      }
      fault = null;
    } catch (InvalidSettingException wrong) {
      fail(String.valueOf(wrong.getMessage()), null);
    } catch (Throwable unexpected) {
      // An Error too would silently end the schedule, and with it every later reload.
      fail(
          "Reading the keys failed with a %s.".formatted(unexpected.getClass().getName()),
          unexpected);
    }
  }

  private void fail(String message, @Nullable Throwable cause) {
    failures.incrementAndGet();
    if (!message.equals(fault)) {
      log.warn("Key reload failed; the previous keys stay in use: {}", message, cause);
    }
    fault = message;
  }

  /** Why the last read found no whole set of keys; null where it did. */
  public @Nullable String fault() {
    return fault;
  }

  /** Reads that found no whole set of keys, so far. */
  public long failures() {
    return failures.get();
  }

  @Override
  public void close() {
    poller.shutdownNow();
  }
}
