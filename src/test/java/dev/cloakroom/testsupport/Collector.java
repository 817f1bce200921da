package dev.cloakroom.testsupport;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;

/** A collector of spans (OTLP over HTTP) that keeps them as they come, for the search, too. */
public final class Collector implements AutoCloseable {

  private final List<String> bodies = new CopyOnWriteArrayList<>();
  private final HttpServer server;

  /** Begins to listen. */
  public Collector() {
    try {
      server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext("/v1/traces", this::receive);
    server.start();
  }

  private void receive(HttpExchange exchange) throws IOException {
    try (exchange) {
      String body = new String(exchange.getRequestBody().readAllBytes(), ISO_8859_1);
      Canary.recordSpans(exchange.getRequestHeaders().entrySet() + "\n" + body);
      exchange.sendResponseHeaders(200, -1);
      bodies.add(body);
    }
  }

  /** Where spans are sent. */
  public String endpoint() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1/traces";
  }

  /** All that has come, a character for each byte. */
  public String received() {
    return String.join("", bodies);
  }

  /** How often these bytes have come, given as hexadecimal digits. */
  public long count(String hex) {
    String bytes = new String(java.util.HexFormat.of().parseHex(hex), ISO_8859_1);
    return Pattern.compile(Pattern.quote(bytes)).matcher(received()).results().count();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
