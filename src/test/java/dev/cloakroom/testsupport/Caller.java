package dev.cloakroom.testsupport;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A caller of one port of the service; every answer it gets is kept for the search for the key, and
 * those of the service port meet the OpenAPI document.
 */
public class Caller {

  /** An answer, read to its end. */
  public record Answer(int status, java.net.http.HttpHeaders headers, String body) {

    /** The body as JSON. */
    public JsonNode json() {
      return JsonMapper.shared().readTree(body);
    }

    /** A header, or the empty text. */
    public String header(String name) {
      return headers.firstValue(name).orElse("");
    }

    /** The name of the problem that this is, or the empty text. */
    public String problem() {
      return header("Content-Type").equals("application/problem+json")
          ? json().path("type").asString("").replace("urn:cloakroom:problem:", "")
          : "";
    }
  }

  private static final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /** What was sent last, where answers are read part by part. */
  private static final Map<Socket, String> requests =
      Collections.synchronizedMap(new WeakHashMap<>());

  private final int port;
  private final boolean isDescribed;
  private final String[] always;

  /** For the service port, with headers for each request as names and values in turn. */
  public Caller(int port, String... always) {
    this(port, true, always);
  }

  private Caller(int port, boolean isDescribed, String... always) {
    this.port = port;
    this.isDescribed = isDescribed;
    this.always = always;
  }

  /** For a port that the OpenAPI document does not describe, such as the management port. */
  public static Caller ofUndescribed(int port) {
    return new Caller(port, false);
  }

  /** GET, with headers as names and values in turn. */
  public Answer get(String path, String... headers) {
    return send("GET", path, headers);
  }

  /** Any request without a body. */
  public Answer send(String method, String path, String... headers) {
    return sendAsync(method, path, headers).join();
  }

  /** Any request without a body, to be awaited. */
  public CompletableFuture<Answer> sendAsync(String method, String path, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(30))
            .method(method, BodyPublishers.noBody());
    for (String[] pairs : new String[][] {always, headers}) {
      if (pairs.length > 0) {
        request.headers(pairs);
      }
    }
    return http.sendAsync(request.build(), BodyHandlers.ofString())
        .thenApply(response -> record(method, path, response));
  }

  private Answer record(String method, String path, HttpResponse<String> response) {
    var answer = new Answer(response.statusCode(), response.headers(), response.body());
    Canary.record(answer.status() + " " + answer.headers().map() + "\n" + answer.body());
    if (isDescribed) {
      OpenApi.check(
          new OpenApiExchange(
              method, path, answer.status(), answer.headers().map(), answer.body()));
    }
    return answer;
  }

  /** A metric's value at the management port, by the beginning of its line. */
  public double metric(String name) {
    return get("/actuator/prometheus")
        .body()
        .lines()
        .filter(line -> line.startsWith(name))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  /** Sends bytes that no HTTP client would, and reads until the server closes. */
  public String sendRaw(String request) {
    try (var socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(5_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      String answer =
          new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      Canary.record(answer);
      RawAnswers.check(request, answer);
      return answer;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** A connection of one's own; what comes is read with {@link #readUntil}. */
  public Socket connect() {
    try {
      var socket = new Socket("127.0.0.1", port);
      socket.setSoTimeout(10_000);
      return socket;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Sends a GET on the connection, with headers as names and values in turn. */
  public static void ask(Socket socket, String path, String... headers) {
    var request = new StringBuilder("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n");
    for (int i = 0; i < headers.length; i += 2) {
      request.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
    }
    requests.put(socket, request + "\r\n");
    try {
      socket
          .getOutputStream()
          .write(request.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Reads on until the text has come, and nothing beyond it. */
  public static String readUntil(Socket socket, String end) {
    var text = new StringBuilder();
    try {
      while (text.indexOf(end) < 0) {
        int next = socket.getInputStream().read();
        if (next < 0) {
          throw new java.io.EOFException("closed after " + text);
        }
        text.append((char) next);
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    Canary.record(text.toString());
    RawAnswers.check(requests.getOrDefault(socket, ""), text.toString());
    return text.toString();
  }

  /** Asks for a path, and disconnects before any answer. */
  public void askAndDisconnect(String path) {
    try (var socket = new Socket("127.0.0.1", port)) {
      String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
