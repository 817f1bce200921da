package dev.cloakroom.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cloakroom.testsupport.Caller;
import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.Canary;
import dev.cloakroom.testsupport.Jar;
import dev.cloakroom.testsupport.MountedSecret;
import dev.cloakroom.testsupport.Signatures;
import dev.cloakroom.testsupport.Tool;
import dev.cloakroom.testsupport.Vendor;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The packaged jar, under callers who scan and rotate. */
class AccessJarTests {

  private static final String SHOP = "Bearer " + Canary.CALLER_SECRET;
  private static final String ROTATED = "Bearer " + Canary.SECOND_CALLER_SECRET;
  private static final String STUDIO = "Bearer " + Canary.OTHER_CALLER_SECRET;

  private final MountedSecret files = new MountedSecret(AccessTests.SECRETS);
  private final Vendor vendor = new Vendor();
  private Jar jar;

  @AfterEach
  void stop() {
    if (jar != null) {
      jar.process().destroyForcibly().onExit().join();
    }
    files.vanish();
  }

  private void start(ProcessBuilder command) throws IOException {
    vendor.answersAll(Canary.KEY, Vendor.readyForAny());
    command.environment().put("CLOAKROOM_API_KEY", Canary.KEY);
    command.environment().put("CLOAKROOM_ACCESS_CALLER_DIRECTORY", files.directory().toString());
    jar = Jar.start(command);
    jar.awaitStart();
  }

  private ProcessBuilder quiet() {
    return Jar.command(
        "--server.port=0",
        "--management.server.port=0",
        "--cloakroom.access.new-images-per-minute=60",
        "--cloakroom.upstream.base-url=" + vendor.baseUrl());
  }

  @Test
  void holdsOffScansWithAndWithoutSecret() throws Exception {
    start(quiet());
    assertThat(scan(1_000_000, 10_000, "")).isEqualTo(Map.of("401", 10_000));
    double before = liveHeap();

    Map<String, Integer> anybody = scan(2_000_000, 100_000, "");
    double after = liveHeap();
    int calls = vendor.calls();
    Map<String, Integer> shop = scan(3_000_000, 2_000, "Authorization: " + SHOP + "\r\n");
    Answer studio = jar.service().get("/images/4000000", "Authorization", STUDIO);

    assertThat(anybody).isEqualTo(Map.of("401", 100_000));
    assertThat(calls).isZero();
    assertThat(after - before).isLessThan(2_000_000);
    assertThat(shop).isEqualTo(Map.of("200", 60, "429", 1_940));
    assertThat(studio.status()).isEqualTo(200);
    assertThat(vendor.calls()).isEqualTo(61);
  }

  /** Bytes in use after a collection. */
  private double liveHeap() {
    Path java = Path.of(ProcessHandle.current().info().command().orElseThrow());
    new Tool(java.resolveSibling("jcmd").toString())
        .run(Long.toString(jar.process().pid()), "GC.run");
    return jar.management().metric("jvm_memory_used_bytes{area=\"heap\"");
  }

  /** Answers by status; on eight connections, with 50 requests sent at a time on each. */
  private Map<String, Integer> scan(long from, int count, String headers) throws Exception {
    Map<String, Integer> statuses = new TreeMap<>();
    try (ExecutorService connections = Executors.newFixedThreadPool(8)) {
      List<CompletableFuture<List<String>>> parts = new ArrayList<>();
      for (int part = 0; part < 8; part++) {
        long first = from + part * (count / 8L);
        parts.add(
            CompletableFuture.supplyAsync(
                () -> scanOnOneConnection(first, count / 8, headers), connections));
      }
      parts.forEach(part -> part.join().forEach(status -> statuses.merge(status, 1, Integer::sum)));
    }
    return statuses;
  }

  private List<String> scanOnOneConnection(long from, int count, String headers) {
    List<String> statuses = new ArrayList<>();
    try (Socket socket = jar.service().connect();
        InputStream input = new BufferedInputStream(socket.getInputStream())) {
      for (int sent = 0; sent < count; ) {
        var requests = new StringBuilder();
        int batch = Math.min(headers.isEmpty() ? 50 : 1, count - sent);
        for (int i = 0; i < batch; i++) {
          requests.append("GET /images/").append(from + sent++).append(" HTTP/1.1\r\n");
          requests.append("Host: localhost\r\n").append(headers).append("\r\n");
        }
        socket.getOutputStream().write(requests.toString().getBytes(StandardCharsets.US_ASCII));
        for (int i = 0; i < batch; i++) {
          statuses.add(readStatus(input));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return statuses;
  }

  /** Of one answer with a Content-Length, or in chunks of which none is empty but the last. */
  private static String readStatus(InputStream input) throws IOException {
    String status = readLine(input).split(" ")[1];
    int length = 0;
    for (String line = readLine(input); !line.isEmpty(); line = readLine(input)) {
      if (line.toLowerCase(Locale.ROOT).startsWith("content-length: ")) {
        length = Integer.parseInt(line.substring(16));
      }
    }
    input.skipNBytes(length);
    return status;
  }

  private static String readLine(InputStream input) throws IOException {
    var line = new StringBuilder();
    for (int c = input.read(); c != '\n'; c = input.read()) {
      if (c < 0) {
        throw new IOException("closed after " + line);
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  @Test
  void failsNoRequestDuringRotationAndClosesTheOldSecret() throws Exception {
    start(quiet());
    Caller service = jar.service();
    service.get("/images/5000000", "Authorization", SHOP);
    var isOver = new AtomicBoolean();
    var failures = new AtomicInteger();
    var answers = new AtomicInteger();
    CompletableFuture<Void> load =
        CompletableFuture.runAsync(
            () -> {
              while (!isOver.get()) {
                for (String secret : List.of(ROTATED, STUDIO)) {
                  int status = service.get("/images/5000000", "Authorization", secret).status();
                  answers.incrementAndGet();
                  failures.addAndGet(status == 200 ? 0 : 1);
                }
              }
            });

    files.swap(Map.of("shop.2", Canary.SECOND_CALLER_SECRET, "studio", Canary.OTHER_CALLER_SECRET));
    await()
        .atMost(Duration.ofSeconds(5))
        .until(() -> service.get("/images/5000000", "Authorization", SHOP).status() == 403);
    files.swap(AccessTests.SECRETS);
    await()
        .atMost(Duration.ofSeconds(5))
        .until(() -> service.get("/images/5000000", "Authorization", SHOP).status() == 200);
    isOver.set(true);
    load.join();

    assertThat(answers.get()).isGreaterThan(100);
    assertThat(failures.get()).isZero();
  }

  /** What is printed and logged is searched at the end of the run. */
  @Test
  void logsNoSecretAtTrace() throws Exception {
    start(Jar.commandWithKey(vendor, "--spring.mvc.log-request-details=true"));
    String link =
        Signatures.query("shop", Canary.CALLER_SECRET, "6000000", Instant.now().plusSeconds(3_600));

    for (String path : List.of("/images/6000000?", "/images/6000000/events?", "/images/0?")) {
      jar.service().get(path + link);
      jar.service().get(path + link + "&wait=nonsense");
      jar.service()
          .get(
              path,
              "Authorization",
              SHOP,
              "traceparent",
              "00-" + "1".repeat(32) + "-1111111111111111-01");
      jar.service().send("POST", path + link, "Authorization", SHOP);
    }
    jar.service()
        .sendRaw(
            "GET /images/6000000?" + link + " HTTP/9.9\r\nAuthorization: " + SHOP + "\r\n\r\n");
    jar.service()
        .sendRaw(
            "GET /images/60 00000?"
                + link
                + " HTTP/1.1\r\nHost: a\r\nAuthorization "
                + SHOP
                + "\r\n\r\n");
    jar.service()
        .sendRaw("GET /images/%zz?" + link + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

    assertThat(jar.management().get("/actuator/prometheus").body())
        .contains("cloakroom_access_requests_total{caller=\"shop\"")
        .doesNotContain("signature");
  }

  @Test
  void startsWithNoSecretThatIsTooShort() throws Exception {
    files.swap(Map.of("shop", "short-secret-0123456789"));
    ProcessBuilder command = quiet();
    command.environment().put("CLOAKROOM_API_KEY", Canary.KEY);
    command.environment().put("CLOAKROOM_ACCESS_CALLER_DIRECTORY", files.directory().toString());

    jar = Jar.start(command);

    assertThat(jar.process().waitFor()).isEqualTo(1);
    assertThat(jar.printed())
        .contains("The secret `shop` of cloakroom.access.caller-directory cannot be a secret")
        .contains("openssl rand -hex 32")
        .doesNotContain("short-secret");
  }
}
