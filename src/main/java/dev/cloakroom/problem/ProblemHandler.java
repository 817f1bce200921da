package dev.cloakroom.problem;

import com.github.benmanes.caffeine.cache.Ticker;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.springframework.beans.TypeMismatchException;
import org.springframework.http.HttpHeaders;
import org.springframework.web.ErrorResponse;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.util.DisconnectedClientHelper;

/** The one exit for errors: whatever is thrown leaves as a problem, counted, and logged once. */
@RestControllerAdvice
public class ProblemHandler {

  private static final Logger log = LoggerFactory.getLogger(ProblemHandler.class);

  private final MeterRegistry meters;
  private final LogLimiter warnings;

  ProblemHandler(MeterRegistry meters, Ticker ticker) {
    this.meters = meters;
    this.warnings = new LogLimiter(ticker);
  }

  /** Answers with the problem that {@code thrown} means; a caller that went away gets nothing. */
  @ExceptionHandler
  public void handle(Exception thrown, HttpServletRequest request, HttpServletResponse response)
      throws Exception {
    ProblemException problem = problemOf(thrown);
    // An internal error only: the lost connection behind another problem is the vendor's.
    if (problem.problem() == Problem.INTERNAL_ERROR
        && DisconnectedClientHelper.isClientDisconnectedException(thrown)) {
      return;
    }
    if (response.isCommitted()) {
      throw thrown;
    }
    handle(problem, request, response);
  }

  void handle(ProblemException problem, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    report(problem, request.getMethod(), request.getRequestURI());
    ProblemResponse.write(problem, request, response);
  }

  /**
   * Answers, without a servlet, with the problem that {@code thrown} means.
   *
   * @return the status
   */
  public int handle(
      @Nullable Throwable thrown, Request request, Response response, Callback callback) {
    ProblemException problem =
        thrown == null ? Problem.INTERNAL_ERROR.exception() : problemOf(thrown);
    try (var _ = new LoggedTrace(request.getHeaders().get("traceparent"))) {
      report(problem, request.getMethod(), request.getHttpURI().getPath());
    }
    ServerErrorHandler.write(problem, request, response, callback);
    return problem.problem().status().value();
  }

  /**
   * The problem as JSON, for a part of an answer.
   *
   * @param path of what it is about
   * @param members beside those of the standard (RFC 9457, 3.2)
   */
  public byte[] json(
      ProblemException problem,
      HttpServletRequest request,
      HttpServletResponse response,
      String path,
      Map<String, Object> members) {
    report(problem, request.getMethod(), path);
    return ProblemResponse.body(problem, path, response.getHeader(RequestId.HEADER), members);
  }

  private void report(ProblemException problem, String method, @Nullable String path) {
    meters.counter("cloakroom.problems", "type", problem.problem().id()).increment();
    log(problem, method, path);
  }

  /** The problem that was thrown, or that of a framework's refusal. */
  static ProblemException problemOf(Throwable thrown) {
    ProblemException problem = ProblemException.of(thrown);
    if (problem.problem() != Problem.INTERNAL_ERROR) {
      return problem;
    }
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof HttpException refusal) {
        return Problem.of(refusal.getCode()).exception();
      }
    }
    return switch (thrown) {
      case ErrorResponse refusal -> withAllow(refusal);
      case TypeMismatchException _ -> Problem.INVALID_REQUEST.exception();
      default -> problem;
    };
  }

  private static ProblemException withAllow(ErrorResponse refusal) {
    ProblemException problem = Problem.of(refusal.getStatusCode().value()).exception();
    String allow = refusal.getHeaders().getFirst(HttpHeaders.ALLOW);
    return allow == null ? problem : problem.with(HttpHeaders.ALLOW, allow);
  }

  private void log(ProblemException problem, String method, @Nullable String path) {
    Throwable cause = problem.getCause();
    if (cause == null || !problem.isFirstToLog()) {
      return;
    }
    String own = MDC.get(RequestId.NAME);
    String first = problem.requestId();
    if (first != null) {
      MDC.put(RequestId.NAME, first);
    }
    log(problem, cause, method, path);
    if (first != null) {
      restore(own);
    }
  }

  private static void restore(@Nullable String requestId) {
    if (requestId == null) {
      MDC.remove(RequestId.NAME);
    } else {
      MDC.put(RequestId.NAME, requestId);
    }
  }

  private void log(
      ProblemException problem, Throwable cause, String method, @Nullable String path) {
    if (problem.problem() == Problem.INTERNAL_ERROR) {
      log.error("{} {} failed", method, path, cause);
    } else if (warnings.allows()) {
      log.warn(
          "{} {}: {}{}", path, problem.problem().id(), cause.getMessage(), warnings.suppressed());
    }
  }
}
