package dev.cloakroom.image;

import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * For whom a thread works: fetches are counted and take turns by client, and log lines name the
 * request.
 *
 * @param client a caller or an address; empty for what the service does by itself
 * @param requestId of the request that caused the work; empty where none did
 */
public record Requester(String client, String requestId) {

  /** For what the service does by itself. */
  public static final Requester NOBODY = new Requester("", "");

  private static final String LOGGED = "requestId";
  private static final ScopedValue<Requester> CURRENT = ScopedValue.newInstance();

  /** That of this thread. */
  public static Requester current() {
    return CURRENT.orElse(NOBODY);
  }

  /** Works for it, on this thread. */
  public <T, X extends Throwable> T call(ScopedValue.CallableOp<? extends T, X> work) throws X {
    String before = MDC.get(LOGGED);
    log(requestId);
    try {
      return ScopedValue.where(CURRENT, this).call(work);
    } finally {
      log(before);
    }
  }

  /** The same, for work without an outcome. */
  public void run(Runnable work) {
    call(
        () -> {
          work.run();
          return true;
        });
  }

  private static void log(@Nullable String requestId) {
    if (requestId == null || requestId.isEmpty()) {
      MDC.remove(LOGGED);
    } else {
      MDC.put(LOGGED, requestId);
    }
  }
}
