package dev.cloakroom.content;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import dev.cloakroom.upstream.PrivateAuthority;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.springframework.test.context.DynamicPropertyRegistry;

/** The host of the vendor's links, with a certificate for 127.0.0.1 that only a bundle trusts. */
public final class FileHost {

  private final PrivateAuthority authority;
  private final WireMockServer server;

  /** Begins to listen. */
  public FileHost() {
    try {
      authority = PrivateAuthority.in(Files.createTempDirectory("authority"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server =
        new WireMockServer(
            options()
                .bindAddress("127.0.0.1")
                .httpDisabled(true)
                .dynamicHttpsPort()
                .containerThreads(100)
                .keystoreType("PKCS12")
                .keystorePath(authority.keyStore("server").toString())
                .keystorePassword(PrivateAuthority.PASSWORD)
                .keyManagerPassword(PrivateAuthority.PASSWORD));
    server.start();
  }

  /** Lets the service trust it, and connect to it. */
  public void allow(DynamicPropertyRegistry properties) {
    settings().forEach(setting -> properties.add(setting[0], () -> setting[1]));
  }

  /** The same, as names and values. */
  public List<String[]> settings() {
    return List.of(
        new String[] {"cloakroom.content.hosts", authority()},
        new String[] {"cloakroom.content.private-addresses", "true"},
        new String[] {"cloakroom.content.ssl-bundle", "files"},
        new String[] {
          "spring.ssl.bundle.pem.files.truststore.certificate", certificate().toString()
        });
  }

  /** Its authority's certificate. */
  Path certificate() {
    return authority.certificate();
  }

  /** Its key, for another server of the same name. */
  Path keyStore() {
    return authority.keyStore("server");
  }

  /** Its host and port. */
  String authority() {
    return "127.0.0.1:" + server.httpsPort();
  }

  int port() {
    return server.httpsPort();
  }

  /** The link to a file. */
  public String link(String name) {
    return "https://" + authority() + "/" + name;
  }

  /** Answers for a file from now on. */
  void answers(String name, ResponseDefinitionBuilder response) {
    server.stubFor(any(urlEqualTo("/" + name)).willReturn(response));
  }

  /** Has a picture from now on; its Content-Type is not to be trusted. */
  public void has(String name, byte[] picture) {
    answers(name, aResponse().withHeader("Content-Type", "text/plain").withBody(picture));
  }

  /** The requests for a file, so far. */
  List<LoggedRequest> calls(String name) {
    return server.findAll(anyRequestedFor(urlEqualTo("/" + name)));
  }

  /** Ends it. */
  public void stop() {
    server.stop();
  }

  /** Bytes that begin as a PNG does. */
  public static byte[] png(int seed, int size) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    byte[] start = "\u0089PNG\r\n\u001a\n".getBytes(ISO_8859_1);
    System.arraycopy(start, 0, bytes, 0, start.length);
    return bytes;
  }

  /** The vendor's body for a finished image of these links. */
  public String ready(String id, String... names) {
    String links =
        String.join("\",\"", Arrays.stream(names).map(this::link).toArray(String[]::new));
    return "{\"status\":\"success\",\"id\":%s,\"output\":[\"%s\"]}".formatted(id, links);
  }
}
