package dev.cloakroom.problem;

import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Puts the exit into Jetty, too. */
@Configuration(proxyBeanMethods = false)
class ProblemConfiguration {

  @Bean
  WebServerFactoryCustomizer<JettyServletWebServerFactory> serverErrors() {
    return factory ->
        factory.addServerCustomizers(server -> server.setErrorHandler(new ServerErrorHandler()));
  }
}
