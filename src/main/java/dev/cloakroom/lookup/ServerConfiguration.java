package dev.cloakroom.lookup;

import org.apache.catalina.connector.Connector;
import org.apache.coyote.AbstractProtocol;
import org.apache.coyote.http11.Http11Nio2Protocol;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Chooses the connector under which a hit costs least; see Decisions in the README. */
@Configuration(proxyBeanMethods = false)
class ServerConfiguration {

  @Bean
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> nio2() {
    return server -> {
      server.setProtocol(Http11Nio2Protocol.class.getName());
      server.addConnectorCustomizers(ServerConfiguration::useItsOwnVirtualThreads);
    };
  }

  /** In place of Boot's executor: NIO2 stops properly only with one that is its own. */
  private static void useItsOwnVirtualThreads(Connector connector) {
    if (connector.getProtocolHandler() instanceof AbstractProtocol<?> protocol) {
      protocol.setExecutor(null);
      connector.setProperty("useVirtualThreads", "true");
    }
  }
}
