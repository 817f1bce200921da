package dev.cloakroom.sandbox;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathTemplate;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;

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
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;

/** Plays the vendor: an id is queued when it is first asked for, and some ids go wrong. */
public final class SandboxVendor implements ResponseDefinitionTransformerV2, AutoCloseable {

  /** How it answers for all images. */
  enum Mode {
    WORKS,
    THROTTLES,
    FAILS
  }

  private static final Duration HANG = Duration.ofMinutes(1);

  private final AtomicLong calls = new AtomicLong();
  private final SandboxJobs jobs;
  private final PrivateAuthority authority;
  private final WireMockServer server;
  private volatile Mode mode = Mode.WORKS;

  /** Begins to listen. */
  public SandboxVendor() {
    this(InstantSource.system());
  }

  /** The same, with jobs that take the clock's time. */
  SandboxVendor(InstantSource clock) {
    jobs = new SandboxJobs(clock);
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

  /** Ends it. */
  @Override
  public void close() {
    server.stop();
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

  SandboxJobs jobs() {
    return jobs;
  }

  Mode mode() {
    return mode;
  }

  /** Lets it answer like this from now on. */
  void setMode(Mode mode) {
    this.mode = mode;
  }

  /** Requests so far, for states and pictures. */
  long calls() {
    return calls.get();
  }

  @Override
  public String getName() {
    return "sandbox";
  }

  @Override
  public ResponseDefinition transform(ServeEvent event) {
    calls.incrementAndGet();
    String path = event.getRequest().getUrl();
    String name = path.substring(path.lastIndexOf('/') + 1);
    if (path.startsWith("/pictures/")) {
      return picture(name).build();
    }
    ResponseDefinitionBuilder state =
        switch (mode) {
          case WORKS -> state(name);
          case THROTTLES -> throttled();
          case FAILS -> json(500, "{\"status\":\"error\",\"message\":\"Server Error\"}");
        };
    return state.build();
  }

  private static ResponseDefinitionBuilder picture(String name) {
    return aResponse()
        .withHeader("Content-Type", "image/png")
        .withBody(SandboxPicture.png(name.hashCode()));
  }

  private ResponseDefinitionBuilder state(String id) {
    return switch (id) {
      case "400" -> failed();
      case "401" -> json(401, "{\"status\":\"error\",\"message\":\"Invalid Api Key\"}");
      case "404" -> json(200, "{\"status\":\"failed\",\"message\":\"Request not found\"}");
      case "429" -> throttled();
      case "502" -> aResponse().withStatus(502).withBody("<html><h1>Bad gateway</h1></html>");
      case "504" -> job(id).withFixedDelay((int) HANG.toMillis());
      default -> job(id);
    };
  }

  private ResponseDefinitionBuilder job(String id) {
    return switch (jobs.state(id)) {
      case PROCESSING ->
          json(200, "{\"status\":\"processing\",\"message\":\"try again later.\",\"output\":\"\"}");
      case FAILED -> failed();
      // https, as Cloakroom passes on no other link.
      case READY ->
          json(
              200,
              "{\"status\":\"success\",\"id\":%1$s,\"output\":[\"https://%2$s/pictures/%1$s.png\"]}"
                  .formatted(id, pictureHost()));
    };
  }

  private static ResponseDefinitionBuilder failed() {
    return json(200, "{\"status\":\"failed\",\"id\":\"\",\"message\":\"Failed, Try Again\"}");
  }

  private static ResponseDefinitionBuilder throttled() {
    return json(
        429, "{\"status\":\"error\",\"message\":\"Rate limit exceeded.\",\"retry_after\":5}");
  }

  private static ResponseDefinitionBuilder json(int status, String body) {
    return aResponse()
        .withStatus(status)
        .withHeader("Content-Type", "application/json")
        .withBody(body);
  }
}
