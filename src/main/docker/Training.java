import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * A start for the JVM's AOT cache to learn from: the service gets ready and answers what a new pod
 * is asked first, with a vendor of its own.
 *
 * <p>Arguments: how the service is started.
 */
public final class Training {

  /** So few that no method is compiled on their account: see docs/decisions.md. */
  private static final int ROUNDS = 20;

  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final String SUCCESS =
      "{\"status\":\"success\",\"id\":%s,\"output\":[\"https://images.example/%s-0.png\"]}";

  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
  private final URI service;
  private final URI management;

  private Training(int port, int managementPort) {
    service = URI.create("http://127.0.0.1:" + port);
    management = URI.create("http://127.0.0.1:" + managementPort);
  }

  public static void main(String[] command) {
    int status = 1;
    try {
      run(command);
      status = 0;
    } catch (Exception failure) {
      failure.printStackTrace();
    }
    // The vendor's threads would keep it running.
    System.exit(status);
  }

  private static void run(String[] command) throws Exception {
    HttpServer vendor = startVendor();
    int port = freePort();
    int managementPort = freePort();
    List<String> line = new ArrayList<>(List.of(command));
    // It needs some key, but none that is one.
    line.add("--cloakroom.upstream.keys=training");
    line.add("--cloakroom.upstream.base-url=http://localhost:" + vendor.getAddress().getPort());
    line.add("--server.port=" + port);
    line.add("--management.server.port=" + managementPort);
    Process process = new ProcessBuilder(line).inheritIO().start();
    try {
      new Training(port, managementPort).train(process);
    } finally {
      process.destroy();
      if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    }
  }

  private void train(Process process) throws Exception {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!isReady()) {
      if (!process.isAlive() || System.nanoTime() > end) {
        throw new IllegalStateException("the service does not get ready");
      }
      Thread.sleep(100);
    }
    for (int round = 0; round < ROUNDS; round++) {
      String image = "/images/" + (1_000_000 + round);
      expect(200, image);
      for (int hit = 0; hit < 5; hit++) {
        expect(200, image);
      }
    }
    expect(202, "/images/2000001");
    expect(200, "/images/2000002", "Prefer", "wait=3");
    expect(200, "/images/2000003/events");
    expect(404, "/images/3000001");
    expect(400, "/images/unknown");
    expect(404, "/");
  }

  private boolean isReady() throws InterruptedException {
    try {
      return get(management.resolve("/actuator/health/readiness")) == 200;
    } catch (IOException _) {
      return false;
    }
  }

  private void expect(int status, String path, String... headers)
      throws IOException, InterruptedException {
    int answer = get(service.resolve(path), headers);
    if (answer != status) {
      throw new IllegalStateException(path + " is answered by " + answer + ", not " + status);
    }
  }

  private int get(URI uri, String... headers) throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(30));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofString()).statusCode();
  }

  private static HttpServer startVendor() throws IOException {
    var vendor = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    vendor.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    Set<String> known = ConcurrentHashMap.newKeySet();
    vendor.createContext("/", exchange -> answer(exchange, known));
    vendor.start();
    return vendor;
  }

  /** Images from 2,000,000 are ready at the second call, and from 3,000,000 there are none. */
  private static void answer(HttpExchange exchange, Set<String> known) throws IOException {
    try (exchange;
        InputStream request = exchange.getRequestBody()) {
      request.readAllBytes();
      String path = exchange.getRequestURI().getPath();
      String id = path.substring(path.lastIndexOf('/') + 1);
      String body;
      if (id.startsWith("3")) {
        body = "{\"status\":\"failed\",\"message\":\"Request not found\"}";
      } else if (id.startsWith("2") && known.add(id)) {
        body = "{\"status\":\"processing\",\"message\":\"Try again later\",\"output\":\"\"}";
      } else {
        body = SUCCESS.formatted(id, id);
      }
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
