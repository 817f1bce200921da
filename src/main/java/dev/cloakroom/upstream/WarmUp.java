package dev.cloakroom.upstream;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;
import reactor.netty.http.client.HttpClient;

/**
 * Has the service make a call to itself before it is ready, in the way that it will call the
 * vendor. The first call loads Netty, and all that a pod is asked meanwhile would queue up behind.
 */
@Component
final class WarmUp implements ApplicationRunner {

  private static final Logger log = LoggerFactory.getLogger(WarmUp.class);

  private static final Duration LIMIT = Duration.ofSeconds(1);

  private final Environment environment;

  WarmUp(Environment environment) {
    this.environment = environment;
  }

  @Override
  public void run(ApplicationArguments arguments) {
    String port = environment.getProperty("local.management.port", "");
    if (port.isEmpty()) {
      return;
    }
    try {
      // By a client of its own: no key, no metrics, and no connection that stays.
      HttpClient.newConnection()
          .get()
          .uri("http://127.0.0.1:" + port + "/actuator/health/liveness")
          .response((_, parts) -> parts.aggregate().asString())
          .blockLast(LIMIT);
    } catch (RuntimeException failure) {
      log.debug("The first call to the vendor will take longer", failure);
    }
  }
}
