package dev.cloakroom.upstream.modelslab;

import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.problem.RetryAfter;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.timeout.ReadTimeoutException;
import java.io.IOException;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import reactor.netty.channel.AbortedException;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquirePendingLimitException;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquireTimeoutException;

/** What came from the vendor instead of an image's state; for the log, so without keys. */
public final class UpstreamException extends Exception {

  /** What a failure says of asking again. */
  enum Kind {
    /** The vendor answered, and would answer the same again. */
    PERMANENT,
    /** The vendor refused the key or the id: with another key it may answer. */
    AMBIGUOUS,
    /** The vendor was not reached, or broke down: asking again may help. */
    TRANSIENT,
    /** Nobody was asked, as we have too many calls under way. */
    NOT_SENT
  }

  private static final long serialVersionUID = 1;

  private final Kind kind;

  UpstreamException(String what, Kind kind) {
    super(what, null, false, false);
    this.kind = kind;
  }

  /**
   * The problem behind a call without reply; what we have no name for is the vendor's nonsense.
   *
   * @param isVendorsTime whether the vendor had most of the call's time, and not the queue for
   *     connections
   */
  public static ProblemException problemOf(
      Throwable failure, boolean isVendorsTime, Predicate<String> isKeyIn) {
    Throwable cause = failure;
    Problem problem = meaningOf(cause, isVendorsTime);
    while (problem == null && cause.getCause() != null) {
      cause = cause.getCause();
      problem = meaningOf(cause, isVendorsTime);
    }
    // Netty quotes what it cannot parse, and the vendor may have put a key there.
    String message = cause.getMessage() == null ? "" : ": " + cause.getMessage();
    String words = cause.getClass().getSimpleName() + message;
    return (problem == null ? Problem.UPSTREAM_INVALID : problem)
        .retryAfter(
            RetryAfter.DEFAULT,
            new UpstreamException(
                ReplyBody.withoutKey(ReplyBody.plainText(words), isKeyIn),
                kindOf(cause, isVendorsTime, problem)));
  }

  private static @Nullable Problem meaningOf(Throwable cause, boolean isVendorsTime) {
    return switch (cause) {
      case PoolAcquireTimeoutException _ -> Problem.UPSTREAM_UNAVAILABLE;
      // Its time was over in the queue for connections.
      case TimeoutException _ when !isVendorsTime -> Problem.UPSTREAM_UNAVAILABLE;
      case ReadTimeoutException _, TimeoutException _, ConnectTimeoutException _ ->
          Problem.UPSTREAM_TIMEOUT;
      case IOException _, AbortedException _, PoolAcquirePendingLimitException _ ->
          Problem.UPSTREAM_UNAVAILABLE;
      default -> null;
    };
  }

  private static Kind kindOf(Throwable cause, boolean isVendorsTime, @Nullable Problem problem) {
    return switch (cause) {
      case PoolAcquireTimeoutException _, PoolAcquirePendingLimitException _ -> Kind.NOT_SENT;
      case TimeoutException _ when !isVendorsTime -> Kind.NOT_SENT;
      default -> problem == null ? Kind.PERMANENT : Kind.TRANSIENT;
    };
  }

  /** Whether asking the vendor again may help. */
  public static boolean isTransient(Throwable failure) {
    return failure.getCause() instanceof UpstreamException what && what.kind == Kind.TRANSIENT;
  }

  /** Whether the vendor refused the key or the id, and did not say which. */
  public static boolean isAmbiguous(Throwable failure) {
    return failure.getCause() instanceof UpstreamException what && what.kind == Kind.AMBIGUOUS;
  }

  /** Whether the vendor failed, and neither our account, the id nor ourselves. */
  public static boolean isVendorsFailure(Throwable failure) {
    if (!(failure instanceof ProblemException problem)) {
      return false;
    }
    return switch (problem.problem()) {
      case UPSTREAM_UNAVAILABLE, UPSTREAM_TIMEOUT, UPSTREAM_INVALID ->
          failure.getCause() instanceof UpstreamException what
              && what.kind != Kind.NOT_SENT
              && what.kind != Kind.AMBIGUOUS;
      default -> false;
    };
  }
}
