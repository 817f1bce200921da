package dev.cloakroom.problem;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/** Has the log show a caller's trace (W3C Trace Context), where no observation does. */
final class LoggedTrace implements AutoCloseable {

  private static final Pattern TRACEPARENT =
      Pattern.compile("[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}");

  /** From here on, on this thread. */
  LoggedTrace(@Nullable String traceparent) {
    Matcher trace = TRACEPARENT.matcher(traceparent == null ? "" : traceparent);
    if (trace.matches()) {
      MDC.put("traceId", trace.group(1));
      MDC.put("spanId", trace.group(2));
    }
  }

  @Override
  public void close() {
    MDC.remove("traceId");
    MDC.remove("spanId");
  }
}
