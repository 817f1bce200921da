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
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** The events of an image, to the letter of what a browser's EventSource reads. */
class EventStreamTests extends ServiceTests {

  private static final String PROCESSING = Vendor.example("07-processing-fetch-message");

  @Autowired private MeterRegistry meters;

  private final String id = newId();

  @Test
  void sendsAnEventForEachChangeAndEndsAfterTheFinalState() {
    vendor.answers(id, Vendor.example("09-processing-submit-full", id));
    CompletableFuture<Answer> stream = listen();
    letTimePassUntil(() -> vendor.calls(id).size() == 2);
    vendor.answers(id, PROCESSING);
    letTimePassUntil(() -> vendor.calls(id).size() == 4);

    vendor.answers(id, Vendor.ready(id));
    letTimePassUntil(stream::isDone);

    assertThat(stream.join().status()).isEqualTo(200);
    assertThat(stream.join().header("Content-Type")).isEqualTo("text/event-stream");
    assertThat(stream.join().header("Cache-Control")).isEqualTo("no-store");
    assertThat(stream.join().header("X-Accel-Buffering")).isEqualTo("no");
    assertThat(stream.join().body().replace(":\n\n", ""))
        .isEqualTo(
            """
            retry: 3000

            event: image
            id: 1
            data: {"status":"processing","id":%1$s,"output":[],"eta":5}

            event: image
            id: 2
            data: {"status":"processing","id":%1$s,"output":[]}

            event: image
            id: 3
            data: {"status":"success","id":%1$s,"output":["https://cdn.example/%1$s-0.png"]}

            """
                .formatted(id));
  }

  @Test
  void endsWithTheFinalStateAfterPurge() {
    vendor.answers(id, PROCESSING);
    CompletableFuture<Answer> stream = listen();
    letTimePassUntil(() -> vendor.calls(id).size() == 3);
    management.send("DELETE", "/actuator/images/" + id);

    vendor.answers(id, Vendor.ready(id));
    letTimePassUntil(stream::isDone);

    assertThat(stream.join().body()).contains("\"status\":\"success\"");
  }

  @Test
  void neverMissesTheFinalStateAfterReconnecting() {
    vendor.answers(id, Vendor.ready(id));

    Answer stream =
        service.get(
            "/images/" + id + "/events", "Accept", "text/event-stream", "Last-Event-ID", "7");

    assertThat(stream.body()).contains("event: image\nid: 8\ndata: {\"status\":\"success\"");
  }

  @Test
  void countsFromOneAfterAnIdThatIsNoneOfOurs() {
    vendor.answers(id, Vendor.ready(id));

    Answer stream = service.get("/images/" + id + "/events", "Last-Event-ID", "1\u00e9 OR 1=1");

    assertThat(stream.body()).contains("event: image\nid: 1\n");
  }

  @Test
  void sendsProblemOnceAndGoesOnWhenItIsOver() {
    vendor.answers(id, aResponse().withStatus(500));
    CompletableFuture<Answer> stream = listen();
    letTimePassUntil(() -> vendor.calls(id).size() == 3);

    vendor.answers(id, Vendor.ready(id));
    letTimePassUntil(stream::isDone);

    assertThat(stream.join().body())
        .containsOnlyOnce("event: problem")
        .contains("\"type\":\"urn:cloakroom:problem:upstream-unavailable\"")
        .contains("\"instance\":\"/images/" + id + "/events\"")
        .contains("event: image\nid: 2\ndata: {\"status\":\"success\"");
  }

  @Test
  void saysThatAnImageIsUnknownWhenItWasNotRegisteredInTime() {
    vendor.answers(id, Vendor.example("11-failed-request-not-found"));
    CompletableFuture<Answer> stream = listen();

    letTimePassUntil(stream::isDone);

    assertThat(stream.join().body())
        .startsWith("retry: 3000\n\nevent: problem\nid: 1\ndata: {")
        .contains("urn:cloakroom:problem:image-not-found")
        .doesNotContain("event: image");
  }

  @Test
  void answersHeadAndOtherMediaTypesWithoutOpeningAStream() {
    Answer head = service.send("HEAD", "/images/" + id + "/events");
    Answer json = service.get("/images/" + id + "/events", "Accept", "application/json");
    Answer malformed = service.get("/images/x/events");

    assertThat(head.status()).isEqualTo(200);
    assertThat(head.header("Content-Type")).isEqualTo("text/event-stream");
    assertThat(json.problem()).isEqualTo("not-acceptable");
    assertThat(malformed.problem()).isEqualTo("invalid-request");
    assertThat(vendor.calls(id)).isEmpty();
  }

  @Test
  void sendsSignsOfLife() throws IOException {
    vendor.answers(id, PROCESSING);
    try (Socket client = service.connect()) {
      Caller.ask(client, "/images/" + id + "/events");
      Caller.readUntil(client, "data: ");

      var heartbeat = CompletableFuture.runAsync(() -> Caller.readUntil(client, "\n:\n"));
      Duration passed = letTimePassUntil(heartbeat::isDone);

      assertThat(heartbeat).isCompleted();
      // The first, or the second where the event was still being sent when the first was due.
      assertThat(passed).isBetween(Duration.ofSeconds(15), Duration.ofSeconds(40));
    }
    Awaitility.await().until(() -> streams() == 0);
  }

  @Test
  void cutsOffTheClientThatDoesNotRead() throws IOException {
    String links =
        IntStream.range(0, 100)
            .mapToObj(i -> "\"https://cdn.example/" + "x".repeat(2000) + i + "\"")
            .collect(Collectors.joining(","));
    vendor.answers(id, "{\"status\":\"success\",\"output\":[" + links + "]}");
    try (Socket client = new Socket()) {
      client.setReceiveBufferSize(1024);
      client.connect(new InetSocketAddress("127.0.0.1", port));
      Caller.ask(client, "/images/" + id + "/events");
      Awaitility.await().until(() -> vendor.calls(id).size() == 1 && streams() == 1);

      Awaitility.await()
          .pollInterval(Duration.ofMillis(200))
          .during(Duration.ofSeconds(1))
          .until(() -> streams() == 1);
      IntStream.range(0, 3).forEach(_ -> time.advance(Duration.ofSeconds(15)));

      Awaitility.await().until(() -> streams() == 0);
    }
  }

  private CompletableFuture<Answer> listen() {
    return service.sendAsync("GET", "/images/" + id + "/events", "Accept", "text/event-stream");
  }

  private double streams() {
    return meters.get("cloakroom.streams").gauge().value();
  }
}
