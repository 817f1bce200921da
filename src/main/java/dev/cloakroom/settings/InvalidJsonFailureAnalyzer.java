package dev.cloakroom.settings;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.json.JsonParseException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import tools.jackson.core.JacksonException;

/** Reports settings that are no JSON by the place of the mistake alone: the parser quotes them. */
@Order(Ordered.HIGHEST_PRECEDENCE)
class InvalidJsonFailureAnalyzer extends AbstractFailureAnalyzer<JsonParseException> {

  @Override
  protected @Nullable FailureAnalysis analyze(Throwable failure, JsonParseException cause) {
    return new InvalidSettingException.Analyzer()
        .analyze(
            new InvalidSettingException(
                "SPRING_APPLICATION_JSON (or spring.application.json)",
                "is no JSON object" + placeOf(findCause(cause, JacksonException.class)),
                "Correct it, such as {\"cloakroom.upstream.timeout\": \"10s\"}."));
  }

  private static String placeOf(@Nullable JacksonException failure) {
    return failure == null || failure.getLocation() == null
        ? ""
        : ": see line %d, column %d"
            .formatted(failure.getLocation().getLineNr(), failure.getLocation().getColumnNr());
  }
}
