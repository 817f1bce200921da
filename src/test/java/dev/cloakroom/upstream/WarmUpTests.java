package dev.cloakroom.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.springframework.boot.DefaultApplicationArguments;
import org.springframework.mock.env.MockEnvironment;

class WarmUpTests {

  private final MockEnvironment environment = new MockEnvironment();

  @Test
  void asksForTheServicesOwnHealthOnceAndWithoutKey() throws IOException {
    List<String> requests = new CopyOnWriteArrayList<>();
    HttpServer service =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    service.createContext(
        "/",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          requests.add(
              exchange.getRequestMethod()
                  + " "
                  + exchange.getRequestURI()
                  + new String(body, StandardCharsets.UTF_8));
          exchange.sendResponseHeaders(200, -1);
        });
    service.start();
    try {
      run(service.getAddress().getPort());
    } finally {
      service.stop(0);
    }

    assertThat(requests).containsExactly("GET /actuator/health/liveness");
  }

  @Test
  void startsWhereNothingAnswersInTime() throws IOException {
    try (var silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      long start = System.nanoTime();

      run(silent.getLocalPort());

      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    }
  }

  @Test
  void startsWhereNothingListens() throws IOException {
    int port;
    try (var closed = new ServerSocket(0)) {
      port = closed.getLocalPort();
    }

    run(port);
  }

  @Test
  void doesNothingWithoutManagementPort() {
    new WarmUp(environment).run(new DefaultApplicationArguments());
  }

  private void run(int port) {
    environment.setProperty("local.management.port", Integer.toString(port));
    new WarmUp(environment).run(new DefaultApplicationArguments());
  }
}
