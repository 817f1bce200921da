package dev.cloakroom.settings;

import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.context.properties.bind.validation.BindValidationException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.validation.FieldError;
import org.springframework.validation.ObjectError;

/** Reports settings of the wrong type or size without their values: one may be a misplaced key. */
@Order(Ordered.HIGHEST_PRECEDENCE + 1)
class InvalidValueFailureAnalyzer extends AbstractFailureAnalyzer<BindException> {

  @Override
  protected @Nullable FailureAnalysis analyze(Throwable failure, BindException cause) {
    BindValidationException invalid = findCause(cause, BindValidationException.class);
    return new InvalidSettingException.Analyzer()
        .analyze(impossible(invalid == null ? misfit(cause) : faults(invalid)));
  }

  static InvalidSettingException impossible(String fault) {
    return new InvalidSettingException(
        "Not a possible value:", fault, "Correct it; docs/configuration.md lists the settings.");
  }

  private static String misfit(BindException failure) {
    ConfigurationProperty property = failure.getProperty();
    String setting =
        property == null
            ? failure.getName().toString()
            : UnknownSettingFailureAnalyzer.describe(property);
    return setting + " cannot be read as " + failure.getTarget().getType();
  }

  private static String faults(BindValidationException failure) {
    return failure.getValidationErrors().getAllErrors().stream()
        .map(InvalidValueFailureAnalyzer::fault)
        .collect(Collectors.joining(", "));
  }

  private static String fault(ObjectError error) {
    String field =
        error instanceof FieldError invalid
            ? "." + DataObjectPropertyName.toDashedForm(invalid.getField())
            : "";
    return error.getObjectName() + field + " " + error.getDefaultMessage();
  }
}
