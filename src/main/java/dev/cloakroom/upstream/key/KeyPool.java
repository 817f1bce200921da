package dev.cloakroom.upstream.key;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.cloakroom.cluster.Cluster;
import dev.cloakroom.cluster.Cooldown;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.upstream.key.KeyStatus.State;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The keys that may be used, and until when the vendor is left alone with each. */
public final class KeyPool {

  private static final Logger log = LoggerFactory.getLogger(KeyPool.class);
  private static final Duration SOON = Duration.ofSeconds(5);

  /** At a time, as others tell on for as long as a hold lasts. */
  private static final Duration LONGEST_HEEDED = Duration.ofHours(1);

  private static final int MOST_REMEMBERED = 100;
  private static final String FOUND_ELSEWHERE = "as another replica found";

  private final RejectedKeyRetry retry;
  private final InstantSource clock;
  private final KeyAffinity owners;
  private final Cluster cluster;
  private final Map<String, KeyStatus> keys = new LinkedHashMap<>();
  private final List<Consumer<List<String>>> listeners = new CopyOnWriteArrayList<>();
  private List<ApiKey> lately = List.of();
  private volatile KeyDetector detector = new KeyDetector(List.of());
  private long uses;

  /**
   * With at least one key.
   *
   * @param longestRetry time at most between two calls with a key that the vendor refuses
   * @param cluster other replicas with the same keys
   */
  public KeyPool(
      List<NamedKey> keys,
      Duration longestRetry,
      InstantSource clock,
      Ticker ticker,
      Cluster cluster) {
    this.retry = new RejectedKeyRetry(longestRetry);
    this.clock = clock;
    this.owners = new KeyAffinity(ticker);
    this.cluster = cluster;
    replace(keys);
    cluster.listen(this::heed);
  }

  /** The keys that one request for an image may use, in order. */
  public KeyAttempts turnsFor(ImageId id) {
    return new KeyAttempts(id, this, owners);
  }

  /** Swaps the whole set; a key whose name and content stay keeps its holds. */
  void replace(List<NamedKey> next) {
    swap(next);
    // Not within the lock, which whoever reads metrics takes the other way round.
    listeners.forEach(listener -> listener.accept(names()));
  }

  private synchronized void swap(List<NamedKey> next) {
    Map<String, KeyStatus> old = new LinkedHashMap<>(keys);
    keys.clear();
    for (NamedKey key : next) {
      KeyStatus known = old.get(key.name());
      boolean isSame = known != null && known.key().equals(key);
      keys.put(key.name(), isSame ? known : KeyStatus.usable(key, 0));
    }
    lately =
        Stream.concat(next.stream().map(NamedKey::key), lately.stream())
            .distinct()
            .limit(next.size() + MOST_REMEMBERED)
            .toList();
    detector = new KeyDetector(lately);
  }

  private synchronized List<String> names() {
    return List.copyOf(keys.keySet());
  }

  /** Tells the keys' names, of this moment and of each later set. */
  public void onChange(Consumer<List<String>> listener) {
    listeners.add(listener);
    listener.accept(names());
  }

  /**
   * The least recently used of the usable keys, but before it the one named {@code first}, and one
   * whose refusal is long enough ago for another try; null where none may be used.
   */
  synchronized @Nullable NamedKey take(@Nullable String first, Set<NamedKey> except) {
    Instant now = clock.instant();
    KeyStatus best =
        keys.values().stream()
            .filter(key -> key.mayBeUsedAt(now) && !except.contains(key.key()))
            .min(
                Comparator.comparing((KeyStatus key) -> !key.key().name().equals(first))
                    .thenComparing(key -> !key.isDisabled())
                    .thenComparingLong(KeyStatus::lastUse))
            .orElse(null);
    if (best == null) {
      return null;
    }
    KeyStatus used = best.used(++uses);
    keys.put(used.key().name(), used.isDisabled() ? used.tried(now.plus(retry.trial())) : used);
    return used.key();
  }

  /** Whether another key could know an image that these do not, be it after a hold. */
  synchronized boolean hasOthers(@Nullable String owner, Set<NamedKey> ignorant) {
    return keys.values().stream()
        .filter(key -> !ignorant.contains(key.key()))
        .anyMatch(key -> !key.isDisabled() || key.key().name().equals(owner));
  }

  /** The vendor took the key. */
  synchronized void works(NamedKey key) {
    KeyStatus status = find(key);
    if (status == null) {
      return;
    }
    if (status.isDisabled()) {
      worksAgain(status);
      cluster.tell(new Cooldown(holdOf(key), null, Duration.ZERO));
    } else if (status.doubt() != null) {
      keys.put(key.name(), status.doubted(null));
    }
  }

  private void worksAgain(KeyStatus status) {
    keys.put(status.key().name(), KeyStatus.usable(status.key(), status.lastUse()));
    log.info("Key `{}` works again", status.key().name());
  }

  /**
   * The vendor refused the key, or, unless the problem is the account's, the key or the id: that
   * disables a key for the second id only. A disabled key is tried again now and then, ever later.
   *
   * @param mayDisable whether a key that is not disabled may become so
   * @return whether it did
   */
  synchronized boolean refused(
      NamedKey key, ImageId id, ProblemException refusal, boolean mayDisable) {
    KeyStatus status = find(key);
    boolean isCertain = refusal.problem() == Problem.UPSTREAM_CREDENTIALS;
    if (status == null) {
      return false;
    }
    if (status.isDisabled()) {
      refusedAgain(status, isCertain, refusal);
      return false;
    }
    if (!isCertain && !status.isDoubtedForOtherThan(id)) {
      keys.put(key.name(), status.doubted(id));
      return false;
    }
    if (mayDisable) {
      disable(status, retry.first(), refusal);
    }
    return mayDisable;
  }

  /** What calls of before it was disabled bring is known; a trial's doubt makes it no worse. */
  private void refusedAgain(KeyStatus status, boolean isCertain, ProblemException refusal) {
    if (status.isOnTrial()) {
      disable(status, isCertain ? retry.after(status.retry()) : status.retry(), refusal);
    }
  }

  private void disable(KeyStatus status, Duration wait, ProblemException refusal) {
    Instant now = clock.instant();
    become(status, status.refused(now, now.plus(wait), wait), words(refusal));
    cluster.tell(new Cooldown(holdOf(status.key()), Problem.UPSTREAM_CREDENTIALS, wait));
  }

  /**
   * Makes no call with the key for as long as the problem says, or an earlier one that is longer.
   */
  synchronized void hold(NamedKey key, ProblemException problem) {
    KeyStatus status = find(key);
    if (status != null) {
      Duration wait = Objects.requireNonNull(problem.retryAfter());
      hold(status, problem.problem(), wait, words(problem));
      cluster.tell(new Cooldown(holdOf(key), problem.problem(), wait));
    }
  }

  private void hold(KeyStatus status, Problem problem, Duration wait, @Nullable String cause) {
    Instant now = clock.instant();
    become(status, status.held(problem, now, now.plus(wait)), cause);
  }

  private void become(KeyStatus before, KeyStatus after, @Nullable String cause) {
    keys.put(after.key().name(), after);
    Instant now = clock.instant();
    State state = after.stateAt(now);
    if (before.stateAt(now) != state) {
      log.warn("Key `{}` is {}: {}", after.key().name(), state.tag(), cause);
    }
  }

  private static @Nullable String words(ProblemException problem) {
    return problem.getCause() == null ? "" : problem.getCause().getMessage();
  }

  /** By the key itself, as replicas may be in the middle of a rotation. */
  private static String holdOf(NamedKey key) {
    return "key:" + key.key().fingerprint();
  }

  /** Does as another replica does that met trouble with a key. */
  private synchronized void heed(Cooldown hold) {
    for (KeyStatus status : List.copyOf(keys.values())) {
      if (!holdOf(status.key()).equals(hold.name())) {
        continue;
      }
      if (hold.problem() == Problem.UPSTREAM_CREDENTIALS) {
        heedRefusal(status, retry.atMost(hold.time()));
      } else if (hold.problem() != null) {
        Duration wait = hold.time();
        hold(
            status,
            hold.problem(),
            wait.compareTo(LONGEST_HEEDED) > 0 ? LONGEST_HEEDED : wait,
            FOUND_ELSEWHERE);
      } else if (status.isDisabled()) {
        worksAgain(status);
      }
    }
  }

  private void heedRefusal(KeyStatus status, Duration wait) {
    // What is told again must not end a trial here; one that failed elsewhere does.
    if (!status.isOnTrial() || wait.compareTo(status.retry()) > 0) {
      Instant now = clock.instant();
      Duration shared = retry.shared(status.retry(), wait);
      become(status, status.refused(now, now.plus(wait), shared), FOUND_ELSEWHERE);
    }
  }

  /** None for a key that was rotated away while its call was under way. */
  private @Nullable KeyStatus find(NamedKey key) {
    KeyStatus status = keys.get(key.name());
    return status != null && status.key().equals(key) ? status : null;
  }

  /** Why no call can be made now, and when one can; null where one can. */
  public synchronized @Nullable ProblemException outage() {
    Instant now = clock.instant();
    boolean isAnyUsable = keys.values().stream().anyMatch(key -> key.stateAt(now) == State.USABLE);
    return isAnyUsable ? null : refusal();
  }

  /** For a request that may use none of its keys now, with the soonest return of any. */
  synchronized ProblemException refusal() {
    Instant now = clock.instant();
    List<KeyStatus> troubled = keys.values().stream().filter(key -> !key.mayBeUsedAt(now)).toList();
    boolean isAnyHeld = troubled.stream().anyMatch(key -> key.stateAt(now) == State.HELD);
    Duration wait =
        troubled.stream()
            .map(key -> Duration.between(now, key.until()))
            .min(Comparator.naturalOrder())
            .orElse(SOON);
    return (isAnyHeld ? Problem.UPSTREAM_THROTTLED : Problem.UPSTREAM_CREDENTIALS)
        .retryAfter(wait, null);
  }

  /** All keys, in their order. */
  public synchronized List<KeyStatus> statuses() {
    return List.copyOf(keys.values());
  }

  /** Whether a text holds a piece of any key, of this moment or of calls still under way. */
  public boolean isKeyIn(String text) {
    return detector.isKeyIn(text);
  }
}
