package dev.cloakroom.upstream.reply;

import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.timeout.ReadTimeoutException;
import java.io.IOException;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import reactor.netty.channel.AbortedException;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquirePendingLimitException;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquireTimeoutException;

/** What came from the vendor instead of an image's state; for the log, so without keys. */
public final class UpstreamException extends Exception {

  private static final long serialVersionUID = 1;

  UpstreamException(String what) {
    super(what, null, false, false);
  }

  /** The problem behind a call without reply; what we have no name for is the vendor's nonsense. */
  public static ProblemException problemOf(Throwable failure, UnaryOperator<String> withoutKeys) {
    Throwable cause = failure;
    Problem problem = meaningOf(cause);
    while (problem == null && cause.getCause() != null) {
      cause = cause.getCause();
      problem = meaningOf(cause);
    }
    // Netty quotes what it cannot parse, and the vendor may have put a key there.
    String message = cause.getMessage() == null ? "" : ": " + cause.getMessage();
    String words = cause.getClass().getSimpleName() + message;
    return (problem == null ? Problem.UPSTREAM_INVALID : problem)
        .retryAfter(
            UpstreamReply.SOON, new UpstreamException(ReplyBody.plainText(words, withoutKeys)));
  }

  private static @Nullable Problem meaningOf(Throwable cause) {
    return switch (cause) {
      case PoolAcquireTimeoutException _ -> Problem.UPSTREAM_UNAVAILABLE;
      case ReadTimeoutException _, TimeoutException _, ConnectTimeoutException _ ->
          Problem.UPSTREAM_TIMEOUT;
      case IOException _, AbortedException _, PoolAcquirePendingLimitException _ ->
          Problem.UPSTREAM_UNAVAILABLE;
      default -> null;
    };
  }
}
