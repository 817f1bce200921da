package dev.cloakroom.problem;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A problem on its way to the exit: a sentence for the caller, a cause for the log.
 *
 * <p>May be thrown to any number of callers that share one failure; it is logged once.
 */
public final class ProblemException extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final Problem problem;
  private final String detail;
  private final @Nullable Duration retryAfter;
  private final LinkedHashMap<String, String> headers = new LinkedHashMap<>();
  private volatile @Nullable String requestId;
  private final AtomicBoolean logged = new AtomicBoolean();

  ProblemException(
      Problem problem, String detail, @Nullable Duration retryAfter, @Nullable Throwable cause) {
    super(problem.id() + ": " + detail, cause, false, false);
    this.problem = problem;
    this.detail = detail;
    this.retryAfter = retryAfter;
  }

  /** The problem that was thrown, be it as a cause; an internal error where there is none. */
  public static ProblemException of(Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof ProblemException problem) {
        return problem;
      }
    }
    return Problem.INTERNAL_ERROR.because(thrown);
  }

  /** Adds a header to the answer; for a problem that is not shared. */
  public ProblemException with(String header, String value) {
    headers.put(header, value);
    return this;
  }

  /** Names the request that caused it, for the log, as others may share it. */
  public ProblemException causedBy(String requestId) {
    this.requestId = requestId.isEmpty() ? null : requestId;
    return this;
  }

  /** Which of the catalogue it is. */
  public Problem problem() {
    return problem;
  }

  /** When trying again may help, where that is known. */
  public @Nullable Duration retryAfter() {
    return retryAfter;
  }

  String detail() {
    return detail;
  }

  Map<String, String> headers() {
    return headers;
  }

  @Nullable String requestId() {
    return requestId;
  }

  boolean isFirstToLog() {
    return logged.compareAndSet(false, true);
  }
}
