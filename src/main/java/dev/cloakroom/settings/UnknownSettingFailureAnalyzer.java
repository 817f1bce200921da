package dev.cloakroom.settings;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.origin.Origin;
import org.springframework.boot.origin.TextResourceOrigin;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.PropertySource;

/** Reports misspelt settings by name alone: Boot's own report quotes the values, keys included. */
@Order(Ordered.HIGHEST_PRECEDENCE)
class UnknownSettingFailureAnalyzer
    extends AbstractFailureAnalyzer<UnboundConfigurationPropertiesException> {

  /** Longer than any setting's, and than what is left of a key must not be. */
  private static final String LONG_ELEMENT = "[^._\\[\\]]{24,}";

  @Override
  protected @Nullable FailureAnalysis analyze(
      Throwable failure, UnboundConfigurationPropertiesException cause) {
    List<String> names =
        cause.getUnboundProperties().stream().map(UnknownSettingFailureAnalyzer::describe).toList();
    return new InvalidSettingException.Analyzer().analyze(unknown(names));
  }

  static InvalidSettingException unknown(List<String> names) {
    return new InvalidSettingException(
        "There is no such setting:",
        String.join(", ", names),
        "Correct its name or remove it; docs/configuration.md lists the settings.");
  }

  static String describe(ConfigurationProperty property) {
    ConfigurationPropertySource source = property.getSource();
    String place =
        source != null && source.getUnderlyingSource() instanceof PropertySource<?> properties
            ? properties.getName()
            : "";
    return describe(property.getName().toString(), property.getOrigin(), place);
  }

  /** With its place, but without what may be a key that stands where a name should. */
  static String describe(String name, @Nullable Origin origin, String source) {
    // Other origins quote the name.
    String place = origin instanceof TextResourceOrigin ? origin.toString() : source;
    return name.replaceAll(LONG_ELEMENT, "…") + " (" + place + ")";
  }
}
