package dev.cloakroom.upstream.key;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.cloakroom.cluster.Cluster;
import dev.cloakroom.cluster.Hold;
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

  /** By then a call that tries a disabled key has ended. */
  private static final Duration LONGEST_TRIAL = Duration.ofSeconds(30);

  /** At a time, as others tell on for as long as a hold lasts. */
  private static final Duration LONGEST_HEEDED = Duration.ofHours(1);

  private static final int MOST_REMEMBERED = 100;

  private final Duration refusedKeyRetry;
  private final Duration trial;
  private final InstantSource clock;
  private final KeyOwners owners;
  private final Cluster cluster;
  private final Map<String, KeyStatus> keys = new LinkedHashMap<>();
  private final List<Consumer<List<String>>> listeners = new CopyOnWriteArrayList<>();
  private List<ApiKey> lately = List.of();
  private volatile List<ApiKey> longestFirst = List.of();
  private long uses;

  /**
   * With at least one key.
   *
   * @param refusedKeyRetry time between two calls with a key that the vendor refuses
   * @param cluster other replicas with the same keys
   */
  public KeyPool(
      List<NamedKey> keys,
      Duration refusedKeyRetry,
      InstantSource clock,
      Ticker ticker,
      Cluster cluster) {
    this.refusedKeyRetry = refusedKeyRetry;
    this.trial = refusedKeyRetry.compareTo(LONGEST_TRIAL) < 0 ? refusedKeyRetry : LONGEST_TRIAL;
    this.clock = clock;
    this.owners = new KeyOwners(ticker);
    this.cluster = cluster;
    replace(keys);
    cluster.listen(this::heed);
  }

  /** The keys that one request for an image may use, in order. */
  public KeyTurns turnsFor(ImageId id) {
    return new KeyTurns(id, this, owners);
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
    longestFirst =
        lately.stream().sorted(Comparator.comparingInt(ApiKey::length).reversed()).toList();
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
   * whose refusal is long enough ago for another try.
   *
   * @throws ProblemException where none may be used, with the soonest return of any
   */
  synchronized NamedKey take(@Nullable String first, Set<NamedKey> except) {
    Instant now = clock.instant();
    KeyStatus best =
        keys.values().stream()
            .filter(key -> key.mayBeUsedAt(now) && !except.contains(key.key()))
            .min(
                Comparator.comparing((KeyStatus key) -> !key.key().name().equals(first))
                    .thenComparing(key -> key.stateAt(now) != State.DISABLED)
                    .thenComparingLong(KeyStatus::lastUse))
            .orElseThrow(() -> outage(now));
    KeyStatus used = best.used(++uses);
    boolean isTrial = used.stateAt(now) == State.DISABLED;
    keys.put(used.key().name(), isTrial ? used.tried(now.plus(trial)) : used);
    return used.key();
  }

  /** Whether another key could know an image that these do not, be it after a hold. */
  synchronized boolean hasOthers(@Nullable String owner, Set<NamedKey> ignorant) {
    Instant now = clock.instant();
    return keys.values().stream()
        .filter(key -> !ignorant.contains(key.key()))
        .anyMatch(key -> key.stateAt(now) != State.DISABLED || key.key().name().equals(owner));
  }

  /** The vendor took the key. */
  synchronized void works(NamedKey key) {
    KeyStatus status = find(key);
    if (status != null && status.trouble() == Problem.UPSTREAM_CREDENTIALS) {
      worksAgain(status);
      cluster.tell(new Hold(holdOf(key), null, Duration.ZERO));
    }
  }

  private void worksAgain(KeyStatus status) {
    keys.put(status.key().name(), KeyStatus.usable(status.key(), status.lastUse()));
    log.info("Key `{}` works again", status.key().name());
  }

  /**
   * Makes no call with the key for as long as the problem says, or an earlier one that lasts
   * longer; a key that was refused is tried again now and then, as its account may be topped up.
   */
  synchronized void hold(NamedKey key, ProblemException problem) {
    KeyStatus status = find(key);
    if (status == null) {
      return;
    }
    boolean isRefused = problem.problem() == Problem.UPSTREAM_CREDENTIALS;
    Duration wait = isRefused ? refusedKeyRetry : Objects.requireNonNull(problem.retryAfter());
    String cause = problem.getCause() == null ? "" : problem.getCause().getMessage();
    hold(status, problem.problem(), wait, cause);
    cluster.tell(new Hold(holdOf(key), problem.problem(), wait));
  }

  private void hold(KeyStatus status, Problem problem, Duration wait, @Nullable String cause) {
    Instant now = clock.instant();
    KeyStatus held = status.troubled(problem, now, now.plus(wait));
    keys.put(status.key().name(), held);
    if (status.stateAt(now) != held.stateAt(now)) {
      log.warn("Key `{}` is {}: {}", status.key().name(), held.stateAt(now).tag(), cause);
    }
  }

  /** By the key itself, as replicas may be in the middle of a rotation. */
  private static String holdOf(NamedKey key) {
    return "key:" + key.key().fingerprint();
  }

  /** Does as another replica does that met trouble with a key. */
  private synchronized void heed(Hold hold) {
    for (KeyStatus status : List.copyOf(keys.values())) {
      if (!holdOf(status.key()).equals(hold.name())) {
        continue;
      }
      if (hold.problem() != null) {
        Duration longest =
            hold.problem() == Problem.UPSTREAM_CREDENTIALS ? refusedKeyRetry : LONGEST_HEEDED;
        Duration wait = hold.time().compareTo(longest) > 0 ? longest : hold.time();
        hold(status, hold.problem(), wait, "as another replica found");
      } else if (status.trouble() == Problem.UPSTREAM_CREDENTIALS) {
        worksAgain(status);
      }
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
    return isAnyUsable ? null : outage(now);
  }

  private ProblemException outage(Instant now) {
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

  /** The text without any key, of this moment or of calls still under way, in whatever case. */
  public String removeKeysFrom(String text) {
    String rest = text;
    for (ApiKey key : longestFirst) {
      rest = key.removeFrom(rest);
    }
    return rest;
  }
}
