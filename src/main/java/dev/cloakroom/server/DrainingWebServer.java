package dev.cloakroom.server;

import java.time.Duration;
import java.util.Collection;
import java.util.stream.Stream;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Server;
import org.springframework.boot.jetty.servlet.JettyServletWebServer;
import org.springframework.boot.web.server.GracefulShutdownCallback;

/**
 * A server whose graceful stop goes on until each kept connection has got {@code Connection:
 * close}.
 *
 * <p>Jetty sends it with the next response. Its own end of idle connections would fail responses
 * that have just begun. Boot waits for servlets alone, and cuts the rest off.
 */
final class DrainingWebServer extends JettyServletWebServer {

  private static final Duration LIMIT = Duration.ofSeconds(5);
  private static final Duration INTERVAL = Duration.ofMillis(50);

  DrainingWebServer(Server server, boolean startsAtOnce) {
    super(server, startsAtOnce);
  }

  @Override
  public void shutDownGracefully(GracefulShutdownCallback callback) {
    super.shutDownGracefully(
        result -> {
          awaitEndOfConnections();
          callback.shutdownComplete(result);
        });
  }

  /** On the thread that waited for the requests under way. */
  private void awaitEndOfConnections() {
    long start = System.nanoTime();
    try {
      while (hasRequests() || (hasConnections() && System.nanoTime() - start < LIMIT.toNanos())) {
        reapers().forEach(ConnectionReaper::closeIdleOnes);
        Thread.sleep(INTERVAL);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private Stream<ConnectionReaper> reapers() {
    return Stream.of(getServer().getConnectors())
        .map(connector -> connector.getContainedBeans(ConnectionReaper.class))
        .flatMap(Collection::stream);
  }

  private boolean hasConnections() {
    return connections().findAny().isPresent();
  }

  /** Each of them has a deadline of its own. */
  private boolean hasRequests() {
    return connections().anyMatch(ConnectionReaper::hasRequest);
  }

  private Stream<EndPoint> connections() {
    return Stream.of(getServer().getConnectors())
        .map(Connector::getConnectedEndPoints)
        .flatMap(Collection::stream);
  }
}
