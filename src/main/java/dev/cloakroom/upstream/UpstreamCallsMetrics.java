package dev.cloakroom.upstream;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.SocketAddress;
import java.util.function.ToIntFunction;
import reactor.netty.resources.ConnectionPoolMetrics;
import reactor.netty.resources.ConnectionProvider.MeterRegistrar;

/** Shows the calls to the vendor that are in flight, and those that wait for a connection. */
record UpstreamCallsMetrics(MeterRegistry meters) implements MeterRegistrar {

  @Override
  public void registerMetrics(
      String pool, String id, SocketAddress vendor, ConnectionPoolMetrics metrics) {
    register("in-flight", metrics, ConnectionPoolMetrics::acquiredSize);
    register("waiting", metrics, ConnectionPoolMetrics::pendingAcquireSize);
  }

  private void register(
      String state, ConnectionPoolMetrics metrics, ToIntFunction<ConnectionPoolMetrics> count) {
    Gauge.builder("cloakroom.upstream.calls", metrics, count::applyAsInt)
        .description("Calls to the vendor that are not answered yet")
        .tag("state", state)
        .strongReference(true)
        .register(meters);
  }

  /** Nothing: the pool lives as long as the service. */
  @Override
  public void deRegisterMetrics(String pool, String id, SocketAddress vendor) {}
}
