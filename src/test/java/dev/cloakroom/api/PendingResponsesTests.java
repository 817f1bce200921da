package dev.cloakroom.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Caller;
import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Vendor;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.test.context.TestPropertySource;

/** How many may wait, in a service with little room. */
@TestPropertySource(
    properties = {
      "cloakroom.lookup.max-waiters-per-image=2",
      "cloakroom.lookup.max-waiters=4",
      "cloakroom.lookup.max-waiters-per-client=3",
      "cloakroom.lookup.trusted-proxies=1",
      "server.jetty.connection-idle-timeout=1s"
    })
class PendingResponsesTests extends ServiceTests {

  private static final String FORWARDED = "X-Forwarded-For";

  private final List<Socket> callers = new ArrayList<>();

  @AfterEach
  void disconnect() throws Exception {
    for (Socket caller : callers) {
      caller.close();
    }
    Awaitility.await().until(() -> open() == 0);
  }

  @Test
  void refusesMoreThanTheImageMayHave() {
    String id = unfinished();
    waitFor(id, "10.0.0.1");
    stream(id, "10.0.0.2");

    Answer refused = service.get("/images/" + id, "Prefer", "wait=9", FORWARDED, "10.0.0.3");

    assertThat(refused.status()).isEqualTo(503);
    assertThat(refused.problem()).isEqualTo("too-many-waiters");
    assertThat(refused.header("Retry-After")).isEqualTo("5");
    for (String other : List.of("/events", "/0?wait=9")) {
      assertThat(service.get("/images/" + id + other, FORWARDED, "10.0.0.3").problem())
          .isEqualTo("too-many-waiters");
    }
  }

  @Test
  void refusesMoreThanTheClientMayHave() {
    waitFor(unfinished(), "10.0.0.1");
    stream(unfinished(), "10.0.0.1");
    waitFor(unfinished(), "10.0.0.1");

    Answer refused = service.get("/images/" + unfinished() + "/events", FORWARDED, "10.0.0.1");

    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.problem()).isEqualTo("too-many-requests");
    assertThat(refused.header("Retry-After")).isEqualTo("5");
  }

  @Test
  void refusesMoreThanThereIsRoomForWhilePlainReadsGoOn() {
    String id = unfinished();
    waitFor(id, "10.0.0.1");
    waitFor(id, "10.0.0.2");
    waitFor(unfinished(), "10.0.0.3");
    stream(unfinished(), "10.0.0.4");

    Answer refused = service.get("/images/" + unfinished() + "?wait=9", FORWARDED, "10.0.0.5");
    Answer plain = service.get("/images/" + id);

    assertThat(refused.problem()).isEqualTo("too-many-waiters");
    assertThat(plain.status()).isEqualTo(202);
  }

  @Test
  void countsPlainCallersWhoWaitForFetchAndServesTheOthersWhatIsKnown() {
    String unknown = newId();
    vendor.answers(unknown, Vendor.json(Vendor.ready(unknown)).withFixedDelay(900));
    String known = unfinished();
    service.get("/images/" + known);
    waitFor(known, "10.0.0.1");
    waitFor(known, "10.0.0.2");
    List<CompletableFuture<Answer>> waiting =
        Stream.of("10.0.0.3", "10.0.0.4")
            .map(client -> service.sendAsync("GET", "/images/" + unknown, FORWARDED, client))
            .toList();
    Awaitility.await().until(() -> management.metric("cloakroom_fetching ") == 2);

    Answer refused = service.get("/images/" + newId(), FORWARDED, "10.0.0.5");
    Answer ofKnown =
        service.get("/images/" + known, FORWARDED, "10.0.0.6", "Cache-Control", "no-cache");

    assertThat(refused.problem()).isEqualTo("too-many-waiters");
    assertThat(refused.header("Retry-After")).isEqualTo("5");
    assertThat(ofKnown.status()).isEqualTo(202);
    assertThat(waiting).allSatisfy(caller -> assertThat(caller.join().status()).isEqualTo(200));
    assertThat(management.metric("cloakroom_fetching ")).isZero();
  }

  @Test
  void believesNothingThatTheClientItselfMayHaveWritten() {
    waitFor(unfinished(), "1.1.1.1, 10.0.0.1");
    waitFor(unfinished(), "2.2.2.2, 10.0.0.1");
    waitFor(unfinished(), "3.3.3.3, 10.0.0.1");

    Answer refused =
        service.get(
            "/images/" + unfinished() + "?wait=9",
            FORWARDED,
            "4.4.4.4, 10.0.0.1",
            "Forwarded",
            "for=5.5.5.5");
    Answer other = service.get("/images/" + unfinished() + "?wait=0", FORWARDED, "10.0.0.2");

    assertThat(refused.problem()).isEqualTo("too-many-requests");
    assertThat(other.status()).isEqualTo(202);
  }

  @Test
  void givesThePermitOfWhoLeavesToTheNext() throws Exception {
    String id = unfinished();
    waitFor(id, "10.0.0.1");
    waitFor(id, "10.0.0.2");
    callers.removeFirst().close();
    Awaitility.await().until(() -> open() == 1);

    waitFor(id, "10.0.0.3");

    assertThat(open()).isEqualTo(2);
  }

  @Test
  void closesConnectionsThatAreIdleButNoneThatWaits() throws Exception {
    String id = unfinished();
    waitFor(id, "10.0.0.1");
    Socket caller = callers.getLast();
    Awaitility.await().pollDelay(Duration.ofSeconds(3)).until(() -> true);
    vendor.answers(id, Vendor.ready(id));
    time.advance(Duration.ofSeconds(5));

    String first = Caller.readUntil(caller, "}");
    Caller.ask(caller, "/images/" + id);
    String second = Caller.readUntil(caller, "}");

    assertThat(List.of(first, second)).allMatch(answer -> answer.startsWith("HTTP/1.1 200 "));
    assertThat(caller.getInputStream().read()).isEqualTo(-1);
  }

  private static String unfinished() {
    String id = newId();
    vendor.answers(id, Vendor.example("07-processing-fetch-message"));
    return id;
  }

  private void waitFor(String id, String client) {
    open("/images/" + id + "?wait=60", client);
  }

  private void stream(String id, String client) {
    open("/images/" + id + "/events", client);
  }

  private void open(String path, String client) {
    int before = open();
    Socket caller = service.connect();
    callers.add(caller);
    Caller.ask(caller, path, FORWARDED, client);
    Awaitility.await().until(() -> open() == before + 1);
  }

  /** From the port of operators, as they would see it. */
  private int open() {
    return (int)
        (management.metric("cloakroom_waiters ") + management.metric("cloakroom_streams "));
  }
}
