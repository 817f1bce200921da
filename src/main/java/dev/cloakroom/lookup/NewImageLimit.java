package dev.cloakroom.lookup;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.cloakroom.cluster.SharedBudget;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.image.Requester;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.problem.RetryAfter;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Limits how many images that are not remembered a client may have the vendor asked about in a
 * minute; each counts once, however often and in which way it is asked for.
 */
public final class NewImageLimit {

  private static final Duration WINDOW = Duration.ofMinutes(1);

  /** Clients and their images, in all; the longest unused go first. */
  private static final int MAX_COUNTED = 100_000;

  private static final CompletableFuture<Boolean> ALLOWED = CompletableFuture.completedFuture(true);

  /** A client's minute; changes under the lock of its entry alone. */
  private static final class Window {

    private final Set<ImageId> images = ConcurrentHashMap.newKeySet();
    private volatile long end;
    private volatile boolean isUsedUp;

    private Window(long end) {
      this.end = end;
    }
  }

  private final int limit;
  private final SharedBudget shared;
  private final Ticker ticker;
  private final Cache<String, Window> windows;

  /**
   * With nothing counted.
   *
   * @param limit images for each client; 0 for no limit
   */
  public NewImageLimit(int limit, SharedBudget shared, Ticker ticker) {
    this.limit = limit;
    this.shared = shared;
    this.ticker = ticker;
    this.windows =
        Caffeine.newBuilder()
            .executor(Runnable::run)
            .ticker(ticker)
            .expireAfterWrite(WINDOW)
            .maximumWeight(MAX_COUNTED)
            .weigher((String _, Window window) -> 1 + window.images.size())
            .build();
  }

  /**
   * Counts an image that the vendor is about to be asked about.
   *
   * @return fails with a {@link ProblemException} where the client has used up its minute
   */
  CompletableFuture<Boolean> acquire(String client, ImageId id) {
    if (limit == 0 || client.equals(Requester.NOBODY.client())) {
      return ALLOWED;
    }
    Window known = find(client);
    if (known != null && known.images.contains(id)) {
      return ALLOWED;
    }
    if (known != null && known.isUsedUp) {
      return CompletableFuture.failedFuture(usedUp(known));
    }
    return shared
        .use(client, id.value(), limit, WINDOW)
        .thenApply(use -> use == null ? useShare(client, id) : note(client, id, use))
        .thenApply(
            window -> {
              if (!window.images.contains(id)) {
                throw usedUp(window);
              }
              return true;
            });
  }

  /** Whether the client has to wait for its next minute. */
  boolean isUsedUp(String client) {
    Window known = find(client);
    return known != null && known.isUsedUp;
  }

  private @Nullable Window find(String client) {
    Window known = windows.getIfPresent(client);
    return known == null || isOver(known) ? null : known;
  }

  private boolean isOver(Window window) {
    return window.end - ticker.read() <= 0;
  }

  /** Where replicas do not share: at least one image each. */
  private Window useShare(String client, ImageId id) {
    int share = Math.max(1, limit / shared.replicas());
    return update(
        client,
        window -> {
          if (window.images.contains(id) || window.images.size() < share) {
            window.images.add(id);
          } else {
            window.isUsedUp = true;
          }
        });
  }

  /** What all replicas have counted together. */
  private Window note(String client, ImageId id, SharedBudget.Use use) {
    return update(
        client,
        window -> {
          window.end = ticker.read() + use.left().toNanos();
          // Also no longer: all replicas' next minute may begin while this one's is not over.
          window.isUsedUp = !use.isAllowed();
          if (use.isAllowed()) {
            window.images.add(id);
          }
        });
  }

  private Window update(String client, Consumer<Window> change) {
    return Objects.requireNonNull(
        windows
            .asMap()
            .compute(
                client,
                (_, known) -> {
                  Window window =
                      known == null || isOver(known)
                          ? new Window(ticker.read() + WINDOW.toNanos())
                          : known;
                  change.accept(window);
                  return window;
                }));
  }

  /** With the headers of the IETF's draft "RateLimit header fields for HTTP", version 10. */
  private ProblemException usedUp(Window window) {
    Duration left = Duration.ofNanos(Math.max(1, window.end - ticker.read()));
    return Problem.TOO_MANY_REQUESTS
        .retryAfter(left, null)
        .with("RateLimit-Policy", "\"new-images\";q=%d;w=%d".formatted(limit, WINDOW.toSeconds()))
        .with("RateLimit", "\"new-images\";r=0;t=" + RetryAfter.of(left));
  }
}
