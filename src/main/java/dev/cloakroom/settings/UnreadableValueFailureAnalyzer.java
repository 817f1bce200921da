package dev.cloakroom.settings;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Reports settings that Boot reads one by one, such as ports, without their values. */
@Order(Ordered.HIGHEST_PRECEDENCE + 1)
class UnreadableValueFailureAnalyzer
    extends AbstractFailureAnalyzer<InvalidConfigurationPropertyValueException> {

  @Override
  protected @Nullable FailureAnalysis analyze(
      Throwable failure, InvalidConfigurationPropertyValueException cause) {
    return new InvalidSettingException.Analyzer()
        .analyze(InvalidValueFailureAnalyzer.impossible(cause.getName() + " cannot be read"));
  }
}
