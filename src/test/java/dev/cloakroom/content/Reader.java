package dev.cloakroom.content;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.cloakroom.testsupport.OpenApi;
import dev.cloakroom.testsupport.OpenApiExchange;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** A reader of pictures, which are bytes and no text. */
record Reader(int port) {

  private static final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  HttpResponse<byte[]> get(String path, String... headers) {
    return sendAsync("GET", path, headers).join();
  }

  HttpResponse<byte[]> send(String method, String path, String... headers) {
    return sendAsync(method, path, headers).join();
  }

  CompletableFuture<HttpResponse<byte[]>> sendAsync(String method, String path, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(60))
            .method(method, BodyPublishers.noBody());
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.sendAsync(request.build(), BodyHandlers.ofByteArray())
        .thenApply(response -> check(method, path, response));
  }

  private static HttpResponse<byte[]> check(
      String method, String path, HttpResponse<byte[]> response) {
    boolean isText = header(response, "Content-Type").endsWith("json");
    OpenApi.check(
        new OpenApiExchange(
            method,
            path,
            response.statusCode(),
            response.headers().map(),
            isText ? new String(response.body(), UTF_8) : null));
    return response;
  }

  static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }
}
