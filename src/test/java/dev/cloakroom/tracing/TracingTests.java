package dev.cloakroom.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Vendor;
import io.micrometer.tracing.Tracer;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.annotation.Autowired;

/** Where no collector is set. */
class TracingTests extends ServiceTests {

  @Autowired private ListableBeanFactory beans;
  @Autowired private Tracer tracer;

  @Test
  void hasNeitherExporterNorThreadUnlessAsked() {
    String id = newId();
    vendor.answers(id, Vendor.ready(id));

    service.get("/images/" + id + "?wait=0");

    assertThat(beans.getBeanNamesForType(SpanExporter.class)).isEmpty();
    assertThat(beans.getBeanNamesForType(SpanProcessor.class)).isEmpty();
    assertThat(beans.containsBean("fetchHandler")).isTrue();
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.startsWith("BatchSpanProcessor"));
  }

  @Test
  void recordsNoSpanThatNobodyGets() {
    var span = tracer.nextSpan().start();

    assertThat(span.isNoop()).isTrue();
    assertThat(span.context().traceId()).matches("(?!0+$)[0-9a-f]{32}");
    span.end();
  }
}
