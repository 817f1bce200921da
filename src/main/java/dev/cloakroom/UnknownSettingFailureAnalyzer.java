package dev.cloakroom;

import java.util.stream.Collectors;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Reports misspelt settings by name alone: Boot's own report quotes the values, keys included. */
@Order(Ordered.HIGHEST_PRECEDENCE)
class UnknownSettingFailureAnalyzer
    extends AbstractFailureAnalyzer<UnboundConfigurationPropertiesException> {

  @Override
  protected FailureAnalysis analyze(
      Throwable failure, UnboundConfigurationPropertiesException cause) {
    String names =
        cause.getUnboundProperties().stream()
            .map(property -> property.getName() + " (" + property.getOrigin() + ")")
            .collect(Collectors.joining(", "));
    return new FailureAnalysis(
        "There is no such setting: " + names + ".",
        "Correct its name or remove it; the README lists the settings under Configuration.",
        cause);
  }
}
