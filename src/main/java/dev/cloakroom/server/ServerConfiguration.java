package dev.cloakroom.server;

import java.net.InetSocketAddress;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.jetty.JettyWebServer;
import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.servlet.ServletContextInitializer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Makes the server of the service port; docs/decisions.md says why it is Jetty. */
@Configuration(proxyBeanMethods = false)
class ServerConfiguration {

  @Bean
  JettyServletWebServerFactory webServerFactory(ObjectProvider<NonBlockingHandler> handlers) {
    return new WebServerFactory(handlers);
  }

  /** Puts the chain of handlers before the servlets of the service port. */
  static class WebServerFactory extends JettyServletWebServerFactory {

    /** One for each processor, but no more than a large node's pod can use. */
    private static final int MAX_SELECTORS = 8;

    /** Platform threads beside those that select: they read, answer hits, and hand on all else. */
    private static final int THREADS_FOR_REQUESTS = 24;

    private static final int ACCEPTORS = 1;

    /** Connections that may be opened at once; those above it are accepted 200 ms later. */
    private static final int BACKLOG = 4096;

    /** Bytes that the kernel keeps for a client that reads slowly; its own bound is megabytes. */
    private static final int SEND_BUFFER = 64 * 1024;

    /** With one, a stop fails what is just written; {@link DrainingWebServer} closes idle ones. */
    private static final int NO_TIMEOUT = 0;

    /** Not resolved before the server is made, as the image is built without a key. */
    private final @Nullable ObjectProvider<NonBlockingHandler> handlers;

    WebServerFactory(ObjectProvider<NonBlockingHandler> handlers) {
      this.handlers = handlers;
    }

    /** For Boot, which makes the management port's server with a factory of the same class. */
    WebServerFactory() {
      this.handlers = null;
    }

    @Override
    public WebServer getWebServer(ServletContextInitializer... initializers) {
      if (handlers != null) {
        int selectors = Math.min(Runtime.getRuntime().availableProcessors(), MAX_SELECTORS);
        setAcceptors(ACCEPTORS);
        setSelectors(selectors);
        setThreadPool(new QueuedThreadPool(ACCEPTORS + selectors + THREADS_FOR_REQUESTS));
      }
      return super.getWebServer(initializers);
    }

    @Override
    protected AbstractConnector createConnector(InetSocketAddress address, Server server) {
      AbstractConnector boots = super.createConnector(address, server);
      if (handlers == null) {
        return boots;
      }
      var connector =
          new SendfileConnector(
              server,
              getAcceptors(),
              getSelectors(),
              boots.getConnectionFactories().toArray(ConnectionFactory[]::new));
      connector.setHost(address.getHostString());
      connector.setPort(address.getPort());
      return connector;
    }

    @Override
    protected JettyWebServer getJettyWebServer(Server server) {
      if (handlers == null) {
        return super.getJettyWebServer(server);
      }
      var chain = new HandlerChain(handlers.orderedStream().toList());
      server.setHandler(chain.before(server.getHandler()));
      identifyErrors(server);
      for (Connector connector : server.getConnectors()) {
        var listener = (ServerConnector) connector;
        listener.setAcceptQueueSize(BACKLOG);
        listener.setAcceptedSendBufferSize(SEND_BUFFER);
        listener.setShutdownIdleTimeout(NO_TIMEOUT);
        cacheNoHeaders(listener);
        listener.addBean(new ConnectionReaper(listener));
      }
      return new DrainingWebServer(server, getPort() >= 0);
    }

    /** Of requests, too, that Jetty refuses before any handler has seen them. */
    private static void identifyErrors(Server server) {
      Request.Handler errors = server.getErrorHandler();
      server.setErrorHandler(
          (request, response, callback) -> {
            RequestIdHandler.assign(request, response);
            return errors.handle(request, response, callback);
          });
    }

    /**
     * Jetty's cache of a connection's headers would take 100 KB for each, and a secret in another
     * case for the one before it.
     */
    private static void cacheNoHeaders(ServerConnector listener) {
      listener
          .getConnectionFactory(HttpConnectionFactory.class)
          .getHttpConfiguration()
          .setHeaderCacheSize(0);
    }
  }
}
