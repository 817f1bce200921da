package dev.cloakroom.sandbox;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathTemplate;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.extension.ResponseDefinitionTransformerV2;
import com.github.tomakehurst.wiremock.http.ResponseDefinition;
import com.github.tomakehurst.wiremock.stubbing.ServeEvent;
import dev.cloakroom.upstream.PrivateAuthority;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;

/** Plays the vendor: an id is queued when it is first asked for, and some ids go wrong. */
public final class SandboxVendor implements ResponseDefinitionTransformerV2 {

  private static final Duration WORK = Duration.ofSeconds(6);
  private static final Duration HANG = Duration.ofMinutes(1);

  private final Cache<String, Instant> queued = Caffeine.newBuilder().maximumSize(10_000).build();
  private final PrivateAuthority authority;
  private final WireMockServer server;

  /** Begins to listen. */
  public SandboxVendor() {
    try {
      authority = PrivateAuthority.ofServer(Files.createTempDirectory("sandbox"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server =
        new WireMockServer(
            options()
                .bindAddress("127.0.0.1")
                .dynamicPort()
                .dynamicHttpsPort()
                .keystoreType("PKCS12")
                .keystorePath(authority.keyStore("server").toString())
                .keystorePassword(PrivateAuthority.PASSWORD)
                .keyManagerPassword(PrivateAuthority.PASSWORD)
                .disableRequestJournal()
                .extensions(this));
    server.start();
    server.stubFor(post(urlPathTemplate("/v6/image_editing/fetch/{id}")).willReturn(aResponse()));
    server.stubFor(get(urlPathTemplate("/pictures/{id}.png")).willReturn(aResponse()));
  }

  /** What {@code cloakroom.upstream.base-url} must be. */
  public String baseUrl() {
    return "http://127.0.0.1:" + server.port();
  }

  /** Where the pictures are, for {@code cloakroom.content.hosts}. */
  String pictureHost() {
    return "127.0.0.1:" + server.httpsPort();
  }

  /** The certificate of the authority that vouches for that. */
  String certificate() {
    return authority.certificate().toString();
  }

  @Override
  public String getName() {
    return "sandbox";
  }

  @Override
  public ResponseDefinition transform(ServeEvent event) {
    String path = event.getRequest().getUrl();
    String name = path.substring(path.lastIndexOf('/') + 1);
    return (path.startsWith("/pictures/") ? picture(name) : state(name)).build();
  }

  private static ResponseDefinitionBuilder picture(String name) {
    return aResponse()
        .withHeader("Content-Type", "image/png")
        .withBody(SandboxPicture.png(name.hashCode()));
  }

  private ResponseDefinitionBuilder state(String id) {
    return switch (id) {
      case "400" ->
          json(200, "{\"status\":\"failed\",\"id\":\"\",\"message\":\"Failed, Try Again\"}");
      case "401" -> json(401, "{\"status\":\"error\",\"message\":\"Invalid Api Key\"}");
      case "404" -> json(200, "{\"status\":\"failed\",\"message\":\"Request not found\"}");
      case "429" ->
          json(
              429, "{\"status\":\"error\",\"message\":\"Rate limit exceeded.\",\"retry_after\":5}");
      case "502" -> aResponse().withStatus(502).withBody("<html><h1>Bad gateway</h1></html>");
      case "504" -> job(id).withFixedDelay((int) HANG.toMillis());
      default -> job(id);
    };
  }

  private ResponseDefinitionBuilder job(String id) {
    Instant since = queued.get(id, _ -> Instant.now());
    if (Instant.now().isBefore(since.plus(WORK))) {
      return json(
          200, "{\"status\":\"processing\",\"message\":\"try again later.\",\"output\":\"\"}");
    }
    // https, as Cloakroom passes on no other link.
    return json(
        200,
        "{\"status\":\"success\",\"id\":%1$s,\"output\":[\"https://%2$s/pictures/%1$s.png\"]}"
            .formatted(id, pictureHost()));
  }

  private static ResponseDefinitionBuilder json(int status, String body) {
    return aResponse()
        .withStatus(status)
        .withHeader("Content-Type", "application/json")
        .withBody(body);
  }
}
