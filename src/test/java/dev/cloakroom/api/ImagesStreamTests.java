package dev.cloakroom.api;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Caller;
import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Vendor;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** The events of many images on one stream. */
class ImagesStreamTests extends ServiceTests {

  private static final String PROCESSING = Vendor.example("07-processing-fetch-message");

  @Autowired private MeterRegistry meters;

  private final String one = newId();
  private final String other = newId();

  private CompletableFuture<Answer> listen(String... headers) {
    String[] all = Arrays.copyOf(headers, headers.length + 2);
    all[headers.length] = "Accept";
    all[headers.length + 1] = "text/event-stream";
    return service.sendAsync("GET", query(List.of(one, other)), all);
  }

  private static String query(List<String> ids) {
    return ids.stream().map(id -> "id=" + id).collect(Collectors.joining("&", "/images?", ""));
  }

  private static String single(String id, String state) {
    return "data: " + state.formatted(id) + "\n\n";
  }

  private double gauge(String name) {
    return meters.get(name).gauge().value();
  }

  @Test
  void sendsTheEventsOfAllWithOneCounterAndEndsWithTheLastFinalState() {
    vendor.answers(one, PROCESSING);
    vendor.answers(other, PROCESSING);
    CompletableFuture<Answer> stream = listen();
    letTimePassUntil(() -> vendor.calls(one).size() >= 3 && vendor.calls(other).size() >= 3);

    vendor.answers(other, Vendor.ready(other));
    letTimePassUntil(() -> gauge("cloakroom.pollers") == 1);
    boolean isEarly = stream.isDone();
    vendor.answers(one, Vendor.example("12-failed-try-again"));
    letTimePassUntil(stream::isDone);

    assertThat(isEarly).isFalse();
    assertThat(stream.join().status()).isEqualTo(200);
    assertThat(stream.join().header("Content-Type")).isEqualTo("text/event-stream");
    assertThat(stream.join().header("Cache-Control")).isEqualTo("no-store");
    assertThat(stream.join().header("X-Accel-Buffering")).isEqualTo("no");
    String processing = "{\"status\":\"processing\",\"id\":%1$s,\"output\":[]}";
    String body = stream.join().body().replace(":\n\n", "");
    assertThat(body)
        .startsWith("retry: 3000\n\nevent: image\nid: 1\ndata: ")
        .contains(single(one, processing), single(other, processing))
        .endsWith(
            "event: image\nid: 3\n"
                + single(
                    other,
                    "{\"status\":\"success\",\"id\":%1$s,\"output\":[\"https://cdn.example/%1$s-0.png\"]}")
                + "event: image\nid: 4\n"
                + single(
                    one,
                    "{\"status\":\"failed\",\"id\":%1$s,\"output\":[],\"message\":\"Failed, Try"
                        + " Again\"}"));
    assertThat(ids(body)).containsExactly(1, 2, 3, 4);
  }

  private static List<Integer> ids(String events) {
    return Pattern.compile("(?m)^id: (\\d+)$")
        .matcher(events)
        .results()
        .map(id -> Integer.valueOf(id.group(1)))
        .toList();
  }

  @Test
  void neverMissesFinalStateAfterReconnecting() {
    vendor.answers(one, Vendor.ready(one));
    vendor.answers(other, PROCESSING);
    service.get("/images/" + one);
    CompletableFuture<Answer> stream = listen("Last-Event-ID", "41");
    letTimePassUntil(() -> vendor.calls(other).size() == 2);

    vendor.answers(other, Vendor.ready(other));
    letTimePassUntil(stream::isDone);

    assertThat(ids(stream.join().body())).containsExactly(42, 43, 44);
    assertThat(stream.join().body())
        .contains("\"status\":\"success\",\"id\":" + one)
        .contains("\"status\":\"success\",\"id\":" + other);
    assertThat(vendor.calls(one)).hasSize(1);
  }

  @Test
  void sendsTheProblemOfOneImageWithItsIdAndGoesOnWithTheOthers() {
    vendor.answers(one, aResponse().withStatus(500));
    vendor.answers(other, Vendor.ready(other));
    CompletableFuture<Answer> stream = listen();
    letTimePassUntil(() -> vendor.calls(one).size() == 3);

    vendor.answers(one, Vendor.ready(one));
    letTimePassUntil(stream::isDone);

    String body = stream.join().body();
    assertThat(body)
        .containsOnlyOnce("event: problem")
        .contains("\"instance\":\"/images/" + one + "/events\"")
        .contains("\"id\":" + one + "}\n\n")
        .contains("\"status\":\"success\",\"id\":" + one)
        .contains("\"status\":\"success\",\"id\":" + other);
    assertThat(ids(body)).containsExactly(1, 2, 3);
  }

  @Test
  void givesUpAnUnknownIdAfterTenSecondsAndFollowsTheOthersOn() {
    vendor.answers(one, Vendor.example("11-failed-request-not-found"));
    vendor.answers(other, PROCESSING);
    CompletableFuture<Answer> stream = listen();
    Awaitility.await().until(() -> gauge("cloakroom.pollers") == 2);
    Duration passed = letTimePassUntil(() -> gauge("cloakroom.pollers") == 1);
    // All at once, the heartbeats of that time would find a client that reads nothing.
    Instant later = time.instant().plusSeconds(20);
    letTimePassUntil(() -> time.instant().isAfter(later));
    boolean isEarly = stream.isDone();

    vendor.answers(other, Vendor.ready(other));
    letTimePassUntil(stream::isDone);

    assertThat(passed).isBetween(Duration.ofSeconds(9), Duration.ofSeconds(13));
    assertThat(isEarly).isFalse();
    assertThat(stream.join().body())
        .containsOnlyOnce("urn:cloakroom:problem:image-not-found")
        .contains("\"id\":" + one + "}\n\n")
        .contains("\"status\":\"success\",\"id\":" + other)
        .doesNotEndWith("retry: 3000\n\n");
  }

  @Test
  void endsAtMaxPollTimeForTheClientToComeBack() {
    vendor.answers(one, PROCESSING);
    vendor.answers(other, Vendor.ready(other));
    CompletableFuture<Answer> stream = listen();
    letTimePassUntil(() -> !vendor.calls(one).isEmpty());

    Duration passed = letTimePassUntil(stream::isDone);

    assertThat(passed).isBetween(Duration.ofSeconds(595), Duration.ofSeconds(605));
    assertThat(stream.join().body()).endsWith("retry: 3000\n\n");
    assertThat(gauge("cloakroom.pollers")).isZero();
  }

  @Test
  void answersHeadWithoutOpeningAStream() {
    Answer head = service.send("HEAD", query(List.of(one, other)), "Accept", "text/event-stream");

    assertThat(head.status()).isEqualTo(200);
    assertThat(head.header("Content-Type")).isEqualTo("text/event-stream");
    assertThat(vendor.calls(one)).isEmpty();
  }

  @Test
  void sendsOneHeartbeatForAll() throws IOException {
    vendor.answers(one, PROCESSING);
    vendor.answers(other, PROCESSING);
    try (Socket client = service.connect()) {
      Caller.ask(client, query(List.of(one, other)), "Accept", "text/event-stream");
      Caller.readUntil(client, "id: 2\ndata: ");
      int tasks = time.tasks();

      var heartbeat = CompletableFuture.supplyAsync(() -> Caller.readUntil(client, "\n:\n"));
      letTimePassUntil(heartbeat::isDone);

      assertThat(heartbeat.join()).doesNotContain(":\n\n:\n");
      // The limit and the next fetch of each image, and the one heartbeat.
      assertThat(tasks).isLessThanOrEqualTo(5);
    }
    Awaitility.await().until(() -> gauge("cloakroom.streams") == 0);
  }

  /** Of each image the latest event waits, so that no final state is dropped. */
  @Test
  void keepsTheFinalStatesForClientThatReadsLate() throws IOException {
    List<String> ids = Stream.generate(ServiceTests::newId).limit(60).toList();
    ids.forEach(id -> vendor.answers(id, large(id)));
    try (Socket client = new Socket()) {
      client.setReceiveBufferSize(1024);
      client.connect(new InetSocketAddress("127.0.0.1", port));
      client.setSoTimeout(10_000);
      Caller.ask(client, query(ids), "Accept", "text/event-stream", "Connection", "close");
      Awaitility.await()
          .until(
              () ->
                  gauge("cloakroom.pollers") == 0
                      && gauge("cloakroom.streams") == 1
                      && ids.stream().noneMatch(id -> vendor.calls(id).isEmpty()));

      String events = new String(client.getInputStream().readAllBytes());

      assertThat(ids).allMatch(id -> events.contains("\"status\":\"success\",\"id\":" + id + ","));
      assertThat(ids(events)).isEqualTo(IntStream.rangeClosed(1, 60).boxed().toList());
    }
    Awaitility.await().until(() -> gauge("cloakroom.streams") == 0);
  }

  private static String large(String id) {
    String links =
        IntStream.range(0, 20)
            .mapToObj(i -> "\"https://cdn.example/" + "x".repeat(1900) + i + "\"")
            .collect(Collectors.joining(","));
    return "{\"status\":\"success\",\"id\":" + id + ",\"output\":[" + links + "]}";
  }
}
