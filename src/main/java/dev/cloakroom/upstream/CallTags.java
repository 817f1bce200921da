package dev.cloakroom.upstream;

import io.micrometer.common.KeyValues;
import java.io.IOException;
import org.springframework.http.HttpStatus;

/**
 * The tags of a call's end, as Spring has them in its observation of a client's request.
 *
 * @param exception its simple name
 */
record CallTags(String status, String outcome, String exception) {

  static final String METRIC = "http.client.requests";

  static final CallTags CANCELLED = new CallTags("CLIENT_ERROR", "UNKNOWN", "none");

  static CallTags answered(int status) {
    HttpStatus.Series series = HttpStatus.Series.resolve(status);
    String outcome =
        switch (series) {
          case null -> "UNKNOWN";
          case SUCCESSFUL -> "SUCCESS";
          default -> series.name();
        };
    return new CallTags(Integer.toString(status), outcome, "none");
  }

  static CallTags failed(Throwable failure) {
    String status = failure instanceof IOException ? "IO_ERROR" : CANCELLED.status;
    return new CallTags(status, CANCELLED.outcome, failure.getClass().getSimpleName());
  }

  KeyValues of(UpstreamProperties settings) {
    return KeyValues.of("client.name", settings.baseUrl().getHost(), "exception", exception)
        .and("method", "POST", "outcome", outcome, "status", status)
        .and("uri", settings.pathTemplate());
  }
}
