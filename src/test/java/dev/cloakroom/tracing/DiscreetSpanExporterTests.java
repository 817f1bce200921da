package dev.cloakroom.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;

class DiscreetSpanExporterTests {

  private final List<SpanData> exported = new ArrayList<>();

  private final Tracer tracer =
      SdkTracerProvider.builder()
          .addSpanProcessor(
              SimpleSpanProcessor.create(
                  new DiscreetSpanExporter(
                      new SpanExporter() {
                        @Override
                        public CompletableResultCode export(Collection<SpanData> spans) {
                          exported.addAll(spans);
                          return CompletableResultCode.ofSuccess();
                        }

                        @Override
                        public CompletableResultCode flush() {
                          return CompletableResultCode.ofSuccess();
                        }

                        @Override
                        public CompletableResultCode shutdown() {
                          return CompletableResultCode.ofSuccess();
                        }
                      })))
          .build()
          .get("test");

  @Test
  void exportsTheTypesOfFailuresAlone() {
    Span span = tracer.spanBuilder("call").startSpan();
    span.recordException(new IllegalStateException("an echoed secret"));
    span.setStatus(StatusCode.ERROR, "an echoed secret");
    span.end();

    assertThat(exported).hasSize(1);
    assertThat(exported.getFirst().getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(exported.getFirst().getStatus().getDescription()).isEmpty();
    assertThat(exported.getFirst().getEvents())
        .singleElement()
        .satisfies(
            event ->
                assertThat(event.getAttributes().asMap().values())
                    .containsExactly("java.lang.IllegalStateException"));
  }

  @Test
  void exportsNoneOfTheManagementPort() {
    tracer.spanBuilder("scrape").setAttribute("uri", "/actuator/prometheus").startSpan().end();
    tracer.spanBuilder("request").setAttribute("uri", "/images/{id}").startSpan().end();

    assertThat(exported).extracting(SpanData::getName).containsExactly("request");
  }
}
