package dev.cloakroom.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cloakroom.testsupport.Caller;
import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.Canary;
import dev.cloakroom.testsupport.Flood;
import dev.cloakroom.testsupport.Jar;
import dev.cloakroom.testsupport.Vendor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The packaged jar under what nodes, crowds and rollouts do to it. */
class ServerJarTests {

  /** As the image has it in a pod. */
  private static final String POD =
      "-XX:+UseParallelGC -XX:MaxRAM=512m -XX:MaxRAMPercentage=50 -XX:+ExitOnOutOfMemoryError";

  private static final String KNOWN = "12202888";

  private final Vendor vendor = new Vendor();
  private Jar jar;

  @AfterEach
  void endProcess() {
    jar.process().destroyForcibly();
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 192})
  void startsOnNodesOfAnySizeAndBearsCrowdThere(int processors) throws IOException {
    start(POD + " -XX:ActiveProcessorCount=" + processors);
    know(KNOWN);
    vendor.answersAll(Canary.KEY, Vendor.readyForAny().withFixedDelay(200));

    try (var flood = new Flood(jar.servicePort(), 1_000, i -> request("/images/" + (1_000 + i)))) {
      Map<String, Integer> outcomes = flood.outcomesWithin(Duration.ofSeconds(30));

      assertThat(outcomes).isEqualTo(Map.of("200", 1_000));
    }
    assertThat(jar.service().get("/images/" + KNOWN).header("Cache-Status")).contains("hit");
    assertThat(jar.management().metric("jvm_threads_live_threads")).isLessThan(150);
  }

  @Test
  void letsAnImageHaveSoManyCallersAndRefusesTheOthers() throws IOException {
    start(POD);
    know(KNOWN);
    vendor.answers("1", Vendor.json(Vendor.ready("1")).withFixedDelay(5_000));

    try (var flood = new Flood(jar.servicePort(), 7_000, _ -> request("/images/1"))) {
      Map<String, Integer> outcomes = flood.outcomesWithin(Duration.ofSeconds(30));

      assertThat(outcomes).isEqualTo(Map.of("200", 2_000, "503", 5_000));
    }
    assertThat(vendor.calls("1")).hasSize(1);
    assertThat(jar.service().get("/images/" + KNOWN).status()).isEqualTo(200);
    assertThat(jar.process().isAlive()).isTrue();
  }

  @Test
  void outlivesFloodOfRequestsWhoseHeadDoesNotEnd() throws IOException {
    start(POD);
    know(KNOWN);
    String head = "GET /images/1 HTTP/1.1\r\nHost: localhost\r\nX-Long: " + "a".repeat(7_500);

    try (var flood = new Flood(jar.servicePort(), 9_000, _ -> head)) {
      assertThat(jar.management().get("/actuator/health/readiness").status()).isEqualTo(200);
      assertThat(jar.service().get("/images/" + KNOWN).status()).isEqualTo(200);

      Map<String, Integer> outcomes = flood.outcomesWithin(Duration.ofSeconds(40));

      assertThat(outcomes).isEqualTo(Map.of("closed", 9_000));
    }
    assertThat(jar.service().get("/images/" + KNOWN).status()).isEqualTo(200);
    assertThat(jar.process().isAlive()).isTrue();
  }

  @Test
  void outlivesCrowdThatKeepsItsConnections() throws IOException {
    start(POD);
    know(KNOWN);
    List<Socket> crowd = new ArrayList<>();
    try {
      for (int i = 0; i < 4_000; i++) {
        Socket kept = jar.service().connect();
        crowd.add(kept);
        // The first request of a connection leaves less of itself behind than the next.
        for (int request = 0; request < 2; request++) {
          Caller.ask(kept, "/images/" + KNOWN);
          assertThat(Caller.readUntil(kept, "}")).startsWith("HTTP/1.1 200 ");
        }
      }
    } finally {
      for (Socket kept : crowd) {
        kept.close();
      }
    }
    assertThat(jar.process().isAlive()).isTrue();
  }

  @Test
  void closesSlowSenderButNoneThatOnlyKeepsItsConnection() throws IOException {
    start(POD);
    know(KNOWN);
    try (Socket slow = jar.service().connect();
        Socket kept = jar.service().connect()) {
      Caller.ask(kept, "/images/" + KNOWN);
      Caller.readUntil(kept, "}");
      slow.getOutputStream().write("GET /images/1 HTTP/1.1\r\nX-Slow: ".getBytes());

      await().atMost(Duration.ofSeconds(20)).until(() -> isClosedFor(slow, 'a'));
      Caller.ask(kept, "/images/" + KNOWN);

      assertThat(Caller.readUntil(kept, "}")).startsWith("HTTP/1.1 200 ");
    }
  }

  private static boolean isClosedFor(Socket socket, int next) {
    try {
      socket.getOutputStream().write(next);
      return false;
    } catch (IOException _) {
      return true;
    }
  }

  @Test
  void refusesLongHeaders() throws IOException {
    start(POD);

    String answer =
        jar.service()
            .sendRaw(
                "GET /images/1 HTTP/1.1\r\nHost: localhost\r\nX-Long: "
                    + "a".repeat(9_000)
                    + "\r\n\r\n");

    assertThat(answer).startsWith("HTTP/1.1 400 ").contains("urn:cloakroom:problem:");
  }

  @Test
  void losesNoRequestOnKeptConnectionsWhenItIsTerminated() throws Exception {
    start(POD);
    know(KNOWN);
    var lost = new AtomicInteger();
    var closed = new AtomicInteger();
    var answered = new AtomicInteger();
    List<CompletableFuture<Void>> callers =
        IntStream.range(0, 200).mapToObj(i -> keepAsking(i, answered, closed, lost)).toList();
    await().until(() -> answered.get() > 800);

    jar.process().destroy();

    CompletableFuture.allOf(callers.toArray(CompletableFuture[]::new)).get(20, TimeUnit.SECONDS);
    assertThat(lost).hasValue(0);
    // But for those whose answer was on its way at that moment.
    assertThat(closed).hasValueGreaterThanOrEqualTo(190);
    assertThat(jar.process().waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(jar.process().exitValue()).isEqualTo(143);
    assertThat(jar.printed()).doesNotContain("ERROR", "WARN");
  }

  @Test
  void closesIdleConnectionsWhenItIsTerminated() throws Exception {
    start(POD);
    know(KNOWN);
    try (Socket kept = jar.service().connect()) {
      Caller.ask(kept, "/images/" + KNOWN);
      Caller.readUntil(kept, "}");

      jar.process().destroy();

      // It would wait 5 s for one that stays open.
      assertThat(jar.process().waitFor(4, TimeUnit.SECONDS)).isTrue();
    }
  }

  /** About two hits a second on one connection, until it is closed. */
  private CompletableFuture<Void> keepAsking(
      int caller, AtomicInteger answered, AtomicInteger closed, AtomicInteger lost) {
    return CompletableFuture.runAsync(
        () -> {
          try (Socket socket = jar.service().connect()) {
            while (isOpen(socket)) {
              Caller.ask(socket, "/images/" + KNOWN);
              if (Caller.readUntil(socket, "}").contains("Connection: close")) {
                closed.incrementAndGet();
                return;
              }
              answered.incrementAndGet();
              TimeUnit.MILLISECONDS.sleep(400 + caller % 200);
            }
          } catch (IOException | UncheckedIOException | InterruptedException _) {
            lost.incrementAndGet();
          }
        },
        Thread::startVirtualThread);
  }

  /** As clients fetch before they use a connection again. */
  private static boolean isOpen(Socket socket) throws IOException {
    int timeout = socket.getSoTimeout();
    try {
      socket.setSoTimeout(1);
      return socket.getInputStream().read() >= 0;
    } catch (SocketTimeoutException _) {
      return true;
    } finally {
      socket.setSoTimeout(timeout);
    }
  }

  @Test
  void sendsRetryToAllEventStreamsWhenItIsTerminated() throws Exception {
    start(POD);
    vendor.answers("1", Vendor.example("07-processing-fetch-message"));
    Caller service = jar.service();
    List<CompletableFuture<Answer>> streams =
        Stream.generate(() -> service.sendAsync("GET", "/images/1/events")).limit(500).toList();
    await().until(() -> jar.management().metric("cloakroom_streams ") == 500);

    jar.process().destroy();

    assertThat(streams)
        .allSatisfy(
            stream ->
                assertThat(stream.get(20, TimeUnit.SECONDS).body()).endsWith("retry: 3000\n\n"));
  }

  private void start(String jvmOptions) throws IOException {
    ProcessBuilder command =
        Jar.command(
            "--server.port=0",
            "--management.server.port=0",
            "--cloakroom.upstream.base-url=" + vendor.baseUrl());
    command.environment().put("CLOAKROOM_API_KEY", Canary.KEY);
    command.environment().put("JDK_JAVA_OPTIONS", jvmOptions);
    jar = Jar.start(command);
    jar.awaitStart();
  }

  private void know(String id) {
    vendor.answers(id, Vendor.ready(id));
    assertThat(jar.service().get("/images/" + id).status()).isEqualTo(200);
  }

  private static String request(String path) {
    return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  }
}
