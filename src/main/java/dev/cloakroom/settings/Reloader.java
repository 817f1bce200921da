package dev.cloakroom.settings;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings changed files of secrets into use, without a restart: all or none of a set, and the last
 * good one stays while there is no other.
 *
 * @param <T> one secret of a set
 */
public class Reloader<T> implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Reloader.class);

  /**
   * Often enough to use a new secret within 5 seconds, even if one read meets a half-made change.
   */
  private static final Duration EVERY = Duration.ofSeconds(2);

  /**
   * What is reloaded.
   *
   * @param kind what a secret is, as one capitalised word
   * @param source the set in the files; throws {@link InvalidSettingException} where it is not
   *     whole
   * @param target takes a set that has changed
   * @param nameOf by which logs may call a secret
   */
  public record Secrets<T>(
      String kind, Supplier<List<T>> source, Consumer<List<T>> target, Function<T, String> nameOf) {

    private String plural() {
      return kind + "s";
    }
  }

  private final Secrets<T> secrets;
  private final ScheduledExecutorService poller;
  private final AtomicLong failures = new AtomicLong();
  private List<T> last;
  private volatile @Nullable String fault;

  /** With the set that is in use. */
  public Reloader(Secrets<T> secrets, List<T> current) {
    this.secrets = secrets;
    this.last = current;
    this.poller =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name(lowerCase(secrets.kind()) + "-reloader").daemon().factory());
  }

  /** Reads the files every two seconds from now on. */
  public void start() {
    var _ =
        poller.scheduleWithFixedDelay(
            this::reload, EVERY.toMillis(), EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Takes the secrets in the files, if they are a whole set. */
  public synchronized void reload() {
    try {
      List<T> found = secrets.source().get();
      if (!found.equals(last)) {
        secrets.target().accept(found);
        last = found;
        log.info(
            "{} reloaded: {}", secrets.plural(), found.stream().map(secrets.nameOf()).toList());
      }
      fault = null;
    } catch (InvalidSettingException wrong) {
      fail(String.valueOf(wrong.getMessage()), null);
    } catch (Throwable unexpected) {
      // An Error too would silently end the schedule, and with it every later reload.
      fail(
          "Reading the %s failed with a %s."
              .formatted(lowerCase(secrets.plural()), unexpected.getClass().getName()),
          unexpected);
    }
  }

  private void fail(String message, @Nullable Throwable cause) {
    failures.incrementAndGet();
    if (!message.equals(fault)) {
      log.warn(
          "{} reload failed; the previous {} stay in use: {}",
          secrets.kind(),
          lowerCase(secrets.plural()),
          message,
          cause);
    }
    fault = message;
  }

  private static String lowerCase(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  /** Why the last read found no whole set; null where it did. */
  public @Nullable String fault() {
    return fault;
  }

  /** Reads that found no whole set, so far. */
  public long failures() {
    return failures.get();
  }

  @Override
  public void close() {
    poller.shutdownNow();
  }
}
