package dev.cloakroom.lookup;

import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.jetty.JettyWebServer;
import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.servlet.ServletContextInitializer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Makes the server under which a hit costs least; see Decisions in the README. */
@Configuration(proxyBeanMethods = false)
class ServerConfiguration {

  @Bean
  JettyServletWebServerFactory webServerFactory(HitHandler door) {
    return new WebServerFactory(door);
  }

  /** Puts {@link HitHandler} before all other handlers of the service port. */
  static class WebServerFactory extends JettyServletWebServerFactory {

    private static final int MOST_THREADS = 32;

    /** Callers that may knock at once; those above it are heard 200 ms later. */
    private static final int BACKLOG = 4096;

    /** Bytes that the kernel holds for a client that reads slowly; its own bound is megabytes. */
    private static final int SEND_BUFFER = 64 * 1024;

    private final @Nullable HitHandler door;

    WebServerFactory(HitHandler door) {
      this.door = door;
    }

    /** For Boot, which makes the management port's server with a factory of the same class. */
    WebServerFactory() {
      this.door = null;
    }

    @Override
    public WebServer getWebServer(ServletContextInitializer... initializers) {
      if (door != null) {
        // Platform threads, and few: they read, answer hits, and hand on all else.
        setThreadPool(new QueuedThreadPool(MOST_THREADS));
        setSelectors(Runtime.getRuntime().availableProcessors());
      }
      return super.getWebServer(initializers);
    }

    @Override
    protected JettyWebServer getJettyWebServer(Server server) {
      if (door != null) {
        door.setHandler(server.getHandler());
        server.setHandler(door);
        for (Connector connector : server.getConnectors()) {
          var listener = (ServerConnector) connector;
          listener.setAcceptQueueSize(BACKLOG);
          listener.setAcceptedSendBufferSize(SEND_BUFFER);
        }
      }
      return super.getJettyWebServer(server);
    }
  }
}
