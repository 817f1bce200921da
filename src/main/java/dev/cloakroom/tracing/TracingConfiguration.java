package dev.cloakroom.tracing;

import dev.cloakroom.settings.InvalidSettingException;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.util.List;
import java.util.regex.Pattern;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.support.BeanDefinitionRegistryPostProcessor;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.micrometer.tracing.opentelemetry.autoconfigure.SdkTracerProviderBuilderCustomizer;
import org.springframework.boot.micrometer.tracing.opentelemetry.autoconfigure.SpanExporters;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.aot.AbstractAotProcessor;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

/** Sends spans to a collector, where there is one; decided when the service starts. */
@Configuration(proxyBeanMethods = false)
class TracingConfiguration {

  private static final String ENDPOINT = "management.opentelemetry.tracing.export.otlp.endpoint";

  private static final String SAMPLING = "management.tracing.sampling.probability";
  private static final Pattern ADDRESS = Pattern.compile("https?://[^\\s/?#@]+(/[^\\s?#]*)?");

  /** Boot's, with their thread; a condition would be settled when the image is built. */
  private static final List<String> EXPORT =
      List.of(
          "otelSpanProcessor", "otlpHttpSpanExporter", "otlpTracingConnectionDetails", "callSpans");

  /** What answers without the servlets, where spans of requests begin, and calls without a span. */
  private static final List<String> WITHOUT_SPAN = List.of("fetchHandler", "callTimer");

  /** Removes what exports where nothing is exported, and else what answers without a span. */
  @Bean
  static BeanDefinitionRegistryPostProcessor exportsOnlyIfAsked(Environment environment) {
    return registry -> {
      // What is removed while the image is built is missing from all its starts.
      if (!Boolean.getBoolean(AbstractAotProcessor.AOT_PROCESSING)) {
        (isExported(environment) ? WITHOUT_SPAN : EXPORT)
            .stream()
                .filter(registry::containsBeanDefinition)
                .forEach(registry::removeBeanDefinition);
      }
    };
  }

  /** Checks the settings, too, as the exporter would only throw. */
  private static boolean isExported(Environment environment) {
    double share = Binder.get(environment).bind(SAMPLING, Double.class).orElse(0.0);
    if (!(share >= 0 && share <= 1)) {
      throw new InvalidSettingException(
          SAMPLING, "is no share of requests", "Set it to a number from 0 to 1.");
    }
    String endpoint = environment.getProperty(ENDPOINT);
    if (StringUtils.hasText(endpoint) && !ADDRESS.matcher(endpoint).matches()) {
      throw new InvalidSettingException(
          ENDPOINT,
          "is no address that spans can be sent to",
          "Set it to one such as http://collector:4318/v1/traces.");
    }
    return StringUtils.hasText(endpoint);
  }

  /** Spans that nobody gets record nothing; their ids are still in the log. */
  @Bean
  SdkTracerProviderBuilderCustomizer recordsOnlyIfExported(Environment environment) {
    return builder -> {
      if (!isExported(environment)) {
        builder.setSampler(Sampler.alwaysOff());
      }
    };
  }

  /** In place of Boot's. */
  @Bean
  SpanExporters discreetSpanExporters(ObjectProvider<SpanExporter> exporters) {
    return SpanExporters.of(exporters.stream().map(DiscreetSpanExporter::new).toList());
  }
}
