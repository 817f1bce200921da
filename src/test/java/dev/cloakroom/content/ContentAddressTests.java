package dev.cloakroom.content;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Vendor;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** No connection to an address that is not public, however a link comes to it. */
@Import(ContentAddressTests.Names.class)
class ContentAddressTests extends ServiceTests {

  private static final Map<String, List<String>> addresses = new ConcurrentHashMap<>();
  private static final AtomicInteger lookUps = new AtomicInteger();
  private static final FileHost files = new FileHost();

  /** Listens at all loopback addresses, and answers nobody. */
  private static final Listener listener = new Listener();

  private final String id = newId();
  private final String path = "/images/" + id + "/0";

  /** Looks names up in the map above: one address after the other, at each look-up the next. */
  @TestConfiguration
  static class Names {

    @Bean
    AddressResolverGroup<InetSocketAddress> names() {
      return new AddressResolverGroup<>() {
        @Override
        protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
          return new InetNameResolver(executor) {
            @Override
            protected void doResolve(String name, Promise<InetAddress> promise) throws Exception {
              promise.setSuccess(next(name));
            }

            @Override
            protected void doResolveAll(String name, Promise<List<InetAddress>> promise)
                throws Exception {
              promise.setSuccess(List.of(next(name)));
            }
          }.asAddressResolver();
        }
      };
    }

    private static InetAddress next(String name) throws UnknownHostException {
      List<String> known = addresses.getOrDefault(name, List.of(name));
      return InetAddress.getByName(known.get(lookUps.getAndIncrement() % known.size()));
    }
  }

  /** Counts connections. */
  private static final class Listener {

    private final java.net.ServerSocket socket;
    private final AtomicInteger connections = new AtomicInteger();

    private Listener() {
      try {
        socket = new java.net.ServerSocket(0);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      Thread.startVirtualThread(
          () -> {
            while (true) {
              try (var _ = socket.accept()) {
                connections.incrementAndGet();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            }
          });
    }
  }

  @DynamicPropertySource
  static void files(DynamicPropertyRegistry properties) {
    files.allow(properties);
    properties.add("cloakroom.content.private-addresses", () -> "false");
    int port = listener.socket.getLocalPort();
    properties.add(
        "cloakroom.content.hosts",
        () ->
            String.join(
                ",",
                List.of(
                    "127.0.0.1:" + port,
                    "127.1:" + port,
                    "2130706433:" + port,
                    "0x7f000001:" + port,
                    "0x7f.1:" + port,
                    "0177.0.0.1:" + port,
                    "0:" + port,
                    "0.0.0.0:" + port,
                    "localhost:" + port,
                    "*.example:" + port)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "0",
        "0.0.0.0"
      })
  void connectsToNoPrivateAddressInAnySpelling(String literal) {
    link(literal);

    Answer answer = service.get(path);

    assertNotConnected(answer);
  }

  @Test
  void connectsToNoNameOfThisMachine() {
    addresses.put("localhost", List.of("127.0.0.1"));
    link("localhost");

    Answer answer = service.get(path);

    assertNotConnected(answer);
    assertThat(answer.problem()).isEqualTo("content-refused");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00::1", "64:ff9b::7f00:1"})
  void connectsToNoPublicNameWithPrivateAddress(String address) {
    addresses.put("rebound.example", List.of(address));
    link("rebound.example");

    Answer answer = service.get(path);

    assertNotConnected(answer);
    assertThat(answer.problem()).isEqualTo("content-refused");
    assertThat(management.metric("cloakroom_content_refused_total{reason=\"address\"}"))
        .isPositive();
  }

  /** A check that looked the name up by itself would see the first address only. */
  @Test
  void judgesTheAddressThatIsConnectedTo() {
    addresses.put("changing.example", List.of("192.88.98.1", "127.0.0.1"));
    lookUps.set(1);
    link("changing.example");

    Answer answer = service.get(path);

    assertNotConnected(answer);
    assertThat(answer.problem()).isEqualTo("content-refused");
    assertThat(lookUps).hasValue(2);
  }

  private void link(String host) {
    vendor.answers(
        id,
        Vendor.json(
            "{\"status\":\"success\",\"id\":%s,\"output\":[\"https://%s:%d/0.png\"]}"
                .formatted(id, host, listener.socket.getLocalPort())));
  }

  private void assertNotConnected(Answer answer) {
    assertThat(answer.status()).as(answer.body()).isIn(502, 503);
    assertThat(listener.connections).hasValue(0);
  }
}
