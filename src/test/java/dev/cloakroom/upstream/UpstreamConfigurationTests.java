package dev.cloakroom.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.cluster.SharedCooldowns;
import dev.cloakroom.cluster.SharedRate;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.testsupport.FakeTime;
import dev.cloakroom.testsupport.RawVendor;
import dev.cloakroom.testsupport.Vendor;
import dev.cloakroom.upstream.key.ApiKey;
import dev.cloakroom.upstream.modelslab.UpstreamException;
import dev.cloakroom.upstream.resilience.CallPolicy;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.ssl.DefaultSslBundleRegistry;
import reactor.netty.resources.ConnectionProvider;

/** The HTTP client at a vendor that speaks no HTTP, or not at all. */
class UpstreamConfigurationTests {

  private ServerSocket vendor;
  private String url;
  private Duration time = Duration.ofSeconds(10);
  private CallPolicy callPolicy;

  @BeforeEach
  void listen() throws IOException {
    vendor = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    url = "http://127.0.0.1:" + vendor.getLocalPort() + "/{id}";
  }

  @AfterEach
  void close() throws IOException {
    vendor.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "garbage\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
        "HTTP/1.1 two hundred OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}"
      })
  void reportsWhatIsNotHttpAsInvalid(String answer) {
    Thread.startVirtualThread(() -> answerOne(answer));

    assertThat(problemOf(fetch(client(1, 0)))).isEqualTo("upstream-invalid");
  }

  @Test
  void keepsTheKeyOutOfTheLogWhereNettyQuotesTheVendor() {
    Thread.startVirtualThread(() -> answerOne("HTTP/1.1 s3cr3t-k3y OK\r\n\r\n"));

    assertThat(fetch(client(1, 0)))
        .failsWithin(Duration.ofSeconds(5))
        .withThrowableThat()
        .havingRootCause()
        .withMessageContaining("withheld")
        .withMessageNotContainingAny("s3cr3t-k3y");
  }

  @Test
  void reportsRefusedConnectionAsUnavailable() throws IOException {
    UpstreamClient client = client(1, 0);
    vendor.close();

    assertThat(problemOf(fetch(client))).isEqualTo("upstream-unavailable");
  }

  @Test
  void opensTheBreakerForAnyIdWhereNoConnectionCanBeMade() throws IOException {
    UpstreamClient client = client(1, 0);
    vendor.close();

    for (int call = 0; call < 20; call++) {
      problemOf(fetch(client));
    }

    assertThat(callPolicy.breaker().state()).isEqualTo("open");
  }

  @Test
  void refusesCallsBeyondItsConnectionsAndItsQueue() {
    UpstreamClient client = client(1, 1);

    var underWay = fetch(client);
    var waiting = fetch(client);
    var tooMany = fetch(client);

    assertThat(problemOf(tooMany)).isEqualTo("upstream-unavailable");
    assertThat(underWay).isNotDone();
    assertThat(waiting).isNotDone();
  }

  @Test
  void waitsForConnectionUntilItsDeadlineAndBlamesNotTheVendor() {
    time = Duration.ofSeconds(1);
    UpstreamClient client = client(1, 1);

    var underWay = fetch(client);
    var waiting = fetch(client);

    assertThat(problemOf(underWay)).isEqualTo("upstream-timeout");
    assertThat(problemOf(waiting)).isEqualTo("upstream-unavailable");
    assertThat(UpstreamException.isVendorsFailure(waiting.exceptionNow())).isFalse();
    assertThat(UpstreamException.isTransient(waiting.exceptionNow())).isFalse();
  }

  @Test
  void servesCrowdThatWaitsLongerForConnectionsThanForConnecting() {
    var slow = new RawVendor();
    slow.answers("42", "", "", "", "", RawVendor.ok(Vendor.ready("42")));
    url = slow.baseUrl() + "/{id}";
    UpstreamClient client = client(2, 100);
    problemOf(fetch(client));

    List<? extends CompletableFuture<?>> crowd =
        Stream.generate(() -> fetch(client)).limit(24).toList();

    assertThat(crowd).allSatisfy(fetch -> assertThat(problemOf(fetch)).startsWith("none: Ready"));
    assertThat(slow.connections()).isEqualTo(2);
    assertThat(callPolicy.breaker().state()).isEqualTo("closed");
  }

  private void answerOne(String answer) {
    try (Socket connection = vendor.accept()) {
      connection.getInputStream().read(new byte[1024]);
      connection.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
      connection.getOutputStream().flush();
      connection.getInputStream().read();
    } catch (IOException _) {
      // The client was quicker to leave.
    }
  }

  /** With one key. */
  static UpstreamProperties settings(
      String baseUrl, String fetchPath, Duration timeout, int connections, int pending) {
    return new UpstreamProperties(
        URI.create(baseUrl),
        null,
        fetchPath,
        Pattern.compile("[0-9]+"),
        List.of(new ApiKey("s3cr3t-k3y")),
        null,
        Duration.ofMinutes(1),
        Duration.ofMinutes(10),
        Duration.ofMillis(300),
        // Half of it is slow.
        Duration.ofSeconds(3),
        timeout,
        connections,
        pending,
        0,
        0);
  }

  private UpstreamClient client(int connections, int pending) {
    UpstreamProperties settings =
        settings(url.replace("/{id}", ""), "/{id}", time, connections, pending);
    var clock = new FakeTime();
    var configuration = new UpstreamConfiguration();
    callPolicy =
        configuration.callPolicy(settings, clock, SharedCooldowns.alone(), SharedRate.alone());
    var meters = new SimpleMeterRegistry();
    ConnectionProvider provider = configuration.upstreamConnections(settings, meters);
    return new UpstreamClient(
        configuration.upstreamHttpClient(settings, provider, new DefaultSslBundleRegistry()),
        new CallTimer(settings, meters),
        settings,
        configuration.keyPool(
            configuration.keySource(settings), settings, clock, clock, SharedCooldowns.alone()),
        callPolicy,
        configuration.inconclusiveReplies(settings, clock));
  }

  private static CompletableFuture<?> fetch(UpstreamClient client) {
    return client.fetch(new ImageId("42"));
  }

  private static String problemOf(CompletableFuture<?> fetch) {
    try {
      return "none: " + fetch.join();
    } catch (CompletionException e) {
      return e.getCause() instanceof ProblemException problem
          ? problem.problem().id()
          : "none: " + e.getCause();
    }
  }
}
