package dev.cloakroom.tracing;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.DelegatingSpanData;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;
import java.util.List;

/**
 * Exports spans without the texts of exceptions, in which the vendor may echo a key, and without
 * those of the management port, which probes and scrapes would fill.
 */
record DiscreetSpanExporter(SpanExporter exporter) implements SpanExporter {

  private static final AttributeKey<String> URI = AttributeKey.stringKey("uri");
  private static final AttributeKey<String> TYPE = AttributeKey.stringKey("exception.type");
  private static final String MANAGEMENT = "/actuator";

  @Override
  public CompletableResultCode export(Collection<SpanData> spans) {
    List<SpanData> exported =
        spans.stream()
            .filter(span -> !isOfManagement(span))
            .<SpanData>map(DiscreetSpan::new)
            .toList();
    return exported.isEmpty() ? CompletableResultCode.ofSuccess() : exporter.export(exported);
  }

  private static boolean isOfManagement(SpanData span) {
    String uri = span.getAttributes().get(URI);
    return uri != null && uri.startsWith(MANAGEMENT);
  }

  @Override
  public CompletableResultCode flush() {
    return exporter.flush();
  }

  @Override
  public CompletableResultCode shutdown() {
    return exporter.shutdown();
  }

  /** A span whose failures are types alone. */
  private static final class DiscreetSpan extends DelegatingSpanData {

    private DiscreetSpan(SpanData span) {
      super(span);
    }

    @Override
    public List<EventData> getEvents() {
      return super.getEvents().stream().map(DiscreetSpan::typeAlone).toList();
    }

    private static EventData typeAlone(EventData event) {
      String type = event.getAttributes().get(TYPE);
      Attributes attributes = type == null ? Attributes.empty() : Attributes.of(TYPE, type);
      return EventData.create(event.getEpochNanos(), event.getName(), attributes);
    }

    @Override
    public StatusData getStatus() {
      return StatusData.create(super.getStatus().getStatusCode(), "");
    }
  }
}
