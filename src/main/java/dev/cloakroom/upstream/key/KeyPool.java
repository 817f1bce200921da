package dev.cloakroom.upstream.key;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.cloakroom.cluster.SharedCooldowns;
import dev.cloakroom.cluster.SharedCooldowns.Cooldown;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.upstream.key.KeyStatus.State;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The keys that may be used, and until when each is in cooldown or rejected. */
public final class KeyPool {

  private static final Logger log = LoggerFactory.getLogger(KeyPool.class);

  /** At a time, as others repeat it for as long as a cooldown lasts. */
  private static final Duration MAX_SHARED = Duration.ofHours(1);

  private static final String FOUND_ELSEWHERE = "as another replica found";

  private final RejectedKeyRetry retry;
  private final InstantSource clock;
  private final KeyAffinity affinity;
  private final KeyCooldowns cooldowns;
  private final RecentKeys recent = new RecentKeys();
  private final KeySet keys = new KeySet();
  private final List<Consumer<List<String>>> listeners = new CopyOnWriteArrayList<>();
  private long uses;

  /**
   * With at least one key.
   *
   * @param maxRetry time at most between two calls with a rejected key
   * @param cooldowns other replicas with the same keys
   */
  public KeyPool(
      List<NamedKey> keys,
      Duration maxRetry,
      InstantSource clock,
      Ticker ticker,
      SharedCooldowns cooldowns) {
    this.retry = new RejectedKeyRetry(maxRetry);
    this.clock = clock;
    this.affinity = new KeyAffinity(ticker);
    this.cooldowns = new KeyCooldowns(cooldowns);
    replace(keys);
    this.cooldowns.addListener(this::apply);
  }

  /** The keys that one request for an image may use, in order. */
  public KeyAttempts attemptsFor(ImageId id) {
    return new KeyAttempts(id, this, affinity);
  }

  /** Swaps the whole set; a key whose name and content stay keeps its state. */
  void replace(List<NamedKey> next) {
    swap(next);
    // Not within the lock, which a reader of metrics takes the other way round.
    listeners.forEach(listener -> listener.accept(names()));
  }

  private synchronized void swap(List<NamedKey> next) {
    keys.replace(next);
    recent.replace(next);
  }

  private synchronized List<String> names() {
    return keys.names();
  }

  /** Notifies the listener of the keys' names, now and after each reload. */
  public void onChange(Consumer<List<String>> listener) {
    listeners.add(listener);
    listener.accept(names());
  }

  /** The best key for a request, as {@link KeySet#best} has it; null where none may be used. */
  synchronized @Nullable NamedKey take(@Nullable String first, Set<NamedKey> except) {
    Instant now = clock.instant();
    KeyStatus best = keys.best(first, except, now);
    if (best == null) {
      return null;
    }
    KeyStatus used = best.used(++uses);
    keys.put(used.isRejected() ? used.tried(now.plus(retry.trial())) : used);
    return used.key();
  }

  /** Whether another key could know an image that these do not, be it after a cooldown. */
  synchronized boolean hasOthers(@Nullable String owner, Set<NamedKey> ignorant) {
    return keys.hasOthers(owner, ignorant);
  }

  /** The vendor took the key. */
  synchronized void works(NamedKey key) {
    KeyStatus status = keys.find(key);
    if (status == null) {
      return;
    }
    if (status.isRejected()) {
      worksAgain(status);
      cooldowns.publishUsable(key);
    } else if (status.ambiguity() != null) {
      keys.put(status.ambiguousFor(null));
    }
  }

  private void worksAgain(KeyStatus status) {
    keys.put(KeyStatus.usable(status.key(), status.lastUse()));
    log.info("Key `{}` is usable again", status.key().name());
  }

  /**
   * The vendor refused the key, or, unless the problem is the account's, the key or the id: that
   * rejects a key for the second id only. A rejected key is tried again now and then, ever later.
   *
   * @param mayReject whether a key that is not rejected may become so
   * @return whether it did
   */
  synchronized boolean rejected(
      NamedKey key, ImageId id, ProblemException problem, boolean mayReject) {
    KeyStatus status = keys.find(key);
    boolean isCertain = problem.problem() == Problem.UPSTREAM_CREDENTIALS;
    if (status == null) {
      return false;
    }
    if (status.isRejected()) {
      rejectedAgain(status, isCertain, problem);
      return false;
    }
    if (!isCertain && !status.isAmbiguousForOtherThan(id)) {
      keys.put(status.ambiguousFor(id));
      return false;
    }
    if (mayReject) {
      reject(status, retry.first(), problem);
    }
    return mayReject;
  }

  /** Calls from before the rejection bring nothing new; an ambiguous trial makes it no worse. */
  private void rejectedAgain(KeyStatus status, boolean isCertain, ProblemException problem) {
    if (status.isOnTrial()) {
      reject(status, isCertain ? retry.after(status.retry()) : status.retry(), problem);
    }
  }

  private void reject(KeyStatus status, Duration wait, ProblemException problem) {
    Instant now = clock.instant();
    become(status, status.rejected(now, now.plus(wait), wait), causeOf(problem));
    cooldowns.publish(status.key(), Problem.UPSTREAM_CREDENTIALS, wait);
  }

  /**
   * Makes no call with the key for as long as the problem says, or an earlier one that is longer.
   */
  synchronized void coolDown(NamedKey key, ProblemException problem) {
    KeyStatus status = keys.find(key);
    if (status != null) {
      Duration wait = Objects.requireNonNull(problem.retryAfter());
      coolDown(status, problem.problem(), wait, causeOf(problem));
      cooldowns.publish(key, problem.problem(), wait);
    }
  }

  private void coolDown(KeyStatus status, Problem problem, Duration wait, @Nullable String cause) {
    Instant now = clock.instant();
    become(status, status.coolDown(problem, now, now.plus(wait)), cause);
  }

  private void become(KeyStatus before, KeyStatus after, @Nullable String cause) {
    keys.put(after);
    Instant now = clock.instant();
    State state = after.stateAt(now);
    if (before.stateAt(now) != state) {
      log.warn("Key `{}` is {}: {}", after.key().name(), state.words(), cause);
    }
  }

  private static @Nullable String causeOf(ProblemException problem) {
    return problem.getCause() == null ? "" : problem.getCause().getMessage();
  }

  /** Applies what another replica found out about a key. */
  private synchronized void apply(Cooldown cooldown) {
    for (KeyStatus status : keys.statuses()) {
      if (!KeyCooldowns.isAbout(cooldown, status.key())) {
        continue;
      }
      if (cooldown.problem() == Problem.UPSTREAM_CREDENTIALS) {
        applyRejection(status, retry.atMost(cooldown.time()));
      } else if (cooldown.problem() != null) {
        Duration wait = cooldown.time();
        coolDown(
            status,
            cooldown.problem(),
            wait.compareTo(MAX_SHARED) > 0 ? MAX_SHARED : wait,
            FOUND_ELSEWHERE);
      } else if (status.isRejected()) {
        worksAgain(status);
      }
    }
  }

  private void applyRejection(KeyStatus status, Duration wait) {
    // What is repeated must not end a trial here; one that failed elsewhere does.
    if (!status.isOnTrial() || wait.compareTo(status.retry()) > 0) {
      Instant now = clock.instant();
      Duration shared = retry.shared(status.retry(), wait);
      become(status, status.rejected(now, now.plus(wait), shared), FOUND_ELSEWHERE);
    }
  }

  /** Why no call can be made now, and when one can; null where one can. */
  public synchronized @Nullable ProblemException outage() {
    Instant now = clock.instant();
    return keys.isAnyUsable(now) ? null : keys.noneUsable(now);
  }

  /** For a request that may use none of its keys now. */
  synchronized ProblemException noneUsable() {
    return keys.noneUsable(clock.instant());
  }

  /** All keys, in their order. */
  public synchronized List<KeyStatus> statuses() {
    return keys.statuses();
  }

  /** Whether a text contains a piece of any key, of this moment or of calls still under way. */
  public boolean isKeyIn(String text) {
    return recent.areIn(text);
  }
}
