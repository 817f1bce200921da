package dev.cloakroom.upstream;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.WireMockServer;
import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.RawVendor;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Vendor;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.test.context.ContextConfiguration;
import org.springframework.test.context.TestPropertySource;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/** One connection to an edge that sends more than one answer to a request. */
@TestPropertySource(
    properties = {
      "cloakroom.upstream.max-connections=1",
      "cloakroom.upstream.response-timeout=10s",
      "cloakroom.upstream.timeout=20s"
    })
@ContextConfiguration(initializers = ResponseFramingTests.AtTheEdge.class)
class ResponseFramingTests extends ServiceTests {

  private static final String PROCESSING = "HTTP/1.1 102 Processing\r\n\r\n";
  private static final String EARLY_HINTS =
      "HTTP/1.1 103 Early Hints\r\n"
          + "Link: </style.css>; rel=preload; as=style\r\n"
          + "Link: <https://cdn.example>; rel=preconnect\r\n\r\n";
  private static final String CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";
  private static final String SWITCHING =
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  private static final String PAUSE = "";
  private static final String EVIL = RawVendor.ok(Vendor.ready("666"));

  private static final RawVendor edge = new RawVendor();

  /** Has the service call the edge, after all others have had their say. */
  static final class AtTheEdge
      implements ApplicationContextInitializer<ConfigurableApplicationContext> {

    @Override
    public void initialize(ConfigurableApplicationContext context) {
      TestPropertyValues.of("cloakroom.upstream.base-url=" + edge.baseUrl()).applyTo(context);
    }
  }

  static Stream<List<String>> interims() {
    return Stream.of(
        List.of(PROCESSING),
        List.of(EARLY_HINTS),
        List.of(CONTINUE),
        List.of(PROCESSING, PAUSE),
        List.of(EARLY_HINTS, PAUSE),
        List.of(PAUSE, CONTINUE, PAUSE),
        List.of(PROCESSING, PROCESSING, EARLY_HINTS, CONTINUE),
        List.of(PROCESSING, PAUSE, EARLY_HINTS, PAUSE, EARLY_HINTS, PAUSE),
        List.of(EARLY_HINTS.repeat(32)));
  }

  @ParameterizedTest
  @MethodSource("interims")
  void skipsInterimAnswers(List<String> interims) {
    String id = newId();
    String answer = RawVendor.ok(Vendor.ready(id));
    edge.answers(id, Stream.concat(interims.stream(), Stream.of(answer)).toArray(String[]::new));

    Answer first = service.get("/images/" + id);

    assertIsAbout(id, first);
    assertNextIsWell();
  }

  @Test
  void skipsInterimAnswersInOnePacketWithTheFinalOneAndKeepsTheConnection() {
    String id = newId();
    edge.answers(id, PROCESSING + EARLY_HINTS + RawVendor.ok(Vendor.ready(id)));
    assertNextIsWell();
    int connections = edge.connections();

    assertIsAbout(id, service.get("/images/" + id));
    assertNextIsWell();

    assertThat(edge.connections()).isEqualTo(connections);
  }

  static Stream<Arguments> nonsense() {
    return Stream.of(
        Arguments.argumentSet("101", List.of(SWITCHING)),
        Arguments.argumentSet("101 and an answer", List.of(SWITCHING + EVIL)),
        Arguments.argumentSet("101 and a late answer", List.of(SWITCHING, PAUSE, EVIL)),
        Arguments.argumentSet("103 without end", List.of(EARLY_HINTS.repeat(33), PAUSE, EVIL)),
        Arguments.argumentSet(
            "103 without end, one by one",
            Stream.concat(
                    Stream.generate(() -> EARLY_HINTS).limit(40), Stream.of(PAUSE, EVIL, PAUSE))
                .toList()));
  }

  @ParameterizedTest
  @MethodSource("nonsense")
  void refusesWhatIsNoAnswer(List<String> packets) {
    String id = newId();
    edge.answers(id, packets.toArray(String[]::new));

    assertThat(service.get("/images/" + id).problem()).isEqualTo("upstream-invalid");
    assertNextIsWell();
  }

  static Stream<Arguments> surplus() {
    String chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "1e\r\n{\"status\":\"success\",\"output\":[\r\n"
            + "27\r\n\"https://cdn.example/%s-0.png\"]}\r\n0\r\n\r\n";
    return Stream.of(
        Arguments.argumentSet("two answers", List.of("%s" + EVIL)),
        Arguments.argumentSet("three answers", List.of("%s" + EVIL + EVIL)),
        Arguments.argumentSet("interim after the answer", List.of("%s" + EARLY_HINTS + EVIL)),
        Arguments.argumentSet("half an answer", List.of("%s" + EVIL.substring(0, 60))),
        Arguments.argumentSet(
            "a head alone", List.of("%sHTTP/1.1 200 OK\r\nContent-Length: 9\r\n")),
        Arguments.argumentSet("one byte", List.of("%s}")),
        Arguments.argumentSet("a line", List.of("%s\r\n")),
        Arguments.argumentSet("garbage", List.of("%sgarbage\r\n\r\n")),
        Arguments.argumentSet("much", List.of("%s" + EVIL.repeat(3_000))),
        Arguments.argumentSet("after chunks", List.of(chunked + EVIL)),
        Arguments.argumentSet("after chunks, one byte", List.of(chunked + "0")));
  }

  @ParameterizedTest
  @MethodSource("surplus")
  void closesConnectionWithMoreThanTheAnswer(List<String> packets) {
    String id = newId();
    answers(id, packets);

    assertIsAbout(id, service.get("/images/" + id));
    assertNextIsWell();
    assertNextIsWell();
  }

  @ParameterizedTest
  @MethodSource("surplus")
  void givesTheSurplusToNobodyWhoWaitsForTheConnection(List<String> packets) {
    String id = newId();
    String next = newId();
    List<String> late = Stream.concat(Stream.of(RawVendor.PAUSE), packets.stream()).toList();
    answers(id, late);

    var first = service.sendAsync("GET", "/images/" + id);
    Awaitility.await().until(() -> calls("in-flight") == 1);
    var second = service.sendAsync("GET", "/images/" + next);
    Awaitility.await().until(() -> calls("waiting") == 1);
    edge.letGo();

    assertIsAbout(id, first.join());
    assertThat(second.join().body()).doesNotContain("666");
    assertNextIsWell();
  }

  @ParameterizedTest
  @ValueSource(strings = {"}", "\r\n", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 103 Early Hints\r\n\r\n"})
  void closesIdleConnectionAsSoonAsItBringsAnything(String late) {
    String id = newId();
    edge.answers(id, RawVendor.ok(Vendor.ready(id)), PAUSE, late);

    assertIsAbout(id, service.get("/images/" + id));
    Awaitility.await().until(() -> edge.openConnections() == 0);

    assertNextIsWell();
  }

  @Test
  void cutsBodyThatIsLongerThanItSays() {
    String id = newId();
    String body = Vendor.ready(id);
    edge.answers(id, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n" + body);

    assertThat(service.get("/images/" + id).problem()).isEqualTo("upstream-invalid");
    assertNextIsWell();
  }

  @Test
  void closesConnectionOnInterimAnswerThatSurfaces() {
    String id = newId();
    edge.answers(id, EARLY_HINTS, PAUSE, EVIL);
    HttpClient unframed =
        HttpClient.create(ConnectionProvider.create("unframed", 1))
            .doOnResponse(ResponseFraming::closeAfterInterim);

    String first = fetch(unframed, edge.baseUrl() + "/" + id);
    String second = fetch(unframed, edge.baseUrl() + "/" + newId());

    assertThat(first).startsWith("103");
    assertThat(second).startsWith("200").doesNotContain("666");
  }

  @Test
  void framesAnswersOverTls() throws SSLException {
    var vendor =
        new WireMockServer(options().bindAddress("127.0.0.1").dynamicPort().dynamicHttpsPort());
    vendor.start();
    vendor.stubFor(any(anyUrl()).willReturn(aResponse().withBody("over TLS")));
    SslContext trusting =
        SslContextBuilder.forClient().trustManager(InsecureTrustManagerFactory.INSTANCE).build();
    HttpClient http =
        ResponseFraming.on(HttpClient.create(ConnectionProvider.create("tls", 1)))
            .secure(tls -> tls.sslContext(trusting));
    try {
      for (int call = 0; call < 3; call++) {
        assertThat(fetch(http, "https://127.0.0.1:" + vendor.httpsPort() + "/"))
            .isEqualTo("200over TLS");
      }
    } finally {
      vendor.stop();
    }
  }

  private static String fetch(HttpClient http, String url) {
    return http.post()
        .uri(url)
        .responseSingle(
            (response, body) ->
                body.asString().defaultIfEmpty("").map(text -> response.status().code() + text))
        .block(Duration.ofSeconds(5));
  }

  private double calls(String state) {
    return management.metric("cloakroom_upstream_calls{state=\"" + state + "\"}");
  }

  private static void answers(String id, List<String> packets) {
    String answer = RawVendor.ok(Vendor.ready(id));
    edge.answers(
        id,
        packets.stream()
            .map(
                packet -> packet.startsWith("%s") ? packet.formatted(answer) : packet.formatted(id))
            .toArray(String[]::new));
  }

  private void assertNextIsWell() {
    String id = newId();
    assertIsAbout(id, service.get("/images/" + id));
  }

  private static void assertIsAbout(String id, Answer answer) {
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(answer.body()).contains("https://cdn.example/" + id + "-0.png");
  }
}
