package dev.cloakroom.content;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Vendor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** Nothing of what the vendor's links may lead to, but pictures, is served or kept. */
@ExtendWith(OutputCaptureExtension.class)
class ContentRefusedTests extends ServiceTests {

  private static final FileHost files = new FileHost();
  private static final RawFileHost raw = new RawFileHost(files.keyStore());
  private static final Path directory = temporaryDirectory();

  private final String id = newId();
  private final String path = "/images/" + id + "/0";

  @DynamicPropertySource
  static void files(DynamicPropertyRegistry properties) {
    files.allow(properties);
    properties.add(
        "cloakroom.content.hosts",
        () -> files.authority() + "," + raw.authority() + ",host.example.x,*.cdn.example.x");
    properties.add("cloakroom.content.directory", directory::toString);
  }

  private static Path temporaryDirectory() {
    try {
      return Files.createTempDirectory("refused");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://evil-host.example.x/0.png",
        "https://host.example.x.evil.example/0.png",
        "https://host.example.x:8443/0.png",
        "https://cdn.example.x/0.png",
        "https://evilcdn.example.x/0.png",
        "https://host.example.x./0.png",
        "https://127.0.0.1/0.png",
        "https://127.0.0.1:1/0.png",
      })
  void refusesHostsAndPortsThatAreNotListed(String link, CapturedOutput log) {
    links(link);

    Answer answer = service.get(path);

    assertRefused(answer, "host");
    assertThat(log.getOut())
        .contains(path + " content-refused")
        .contains("is not in cloakroom.content.hosts");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://user@%s/0.png",
        "https://user:password@%s/0.png",
        "https://%s@evil.example/0.png",
        "http://%s/0.png",
        "//%s/0.png",
        "https:%s/0.png",
      })
  void neverTakesLinkWithUserOrAnotherScheme(String link) {
    int connections = raw.connections();
    raw.answers("0.png", "HTTP/1.1 200 OK", 100);
    links(link.formatted(raw.authority()));

    Answer answer = service.get(path);

    assertThat(answer.status()).isNotIn(200, 206);
    assertThat(raw.connections()).isEqualTo(connections);
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 303, 307, 308})
  void followsNoRedirect(int status) {
    files.has("target", FileHost.png(1, 100));
    files.answers(id, aResponse().withStatus(status).withHeader("Location", files.link("target")));
    links(files.link(id));

    Answer answer = service.get(path);

    assertRefused(answer, "redirect");
    assertThat(files.calls("target")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "image/png | <!doctype html><script>alert(1)</script>",
        "image/png | <html><body>Not found</body></html>",
        "image/svg+xml | <svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        "image/png | <?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>",
        "image/jpeg | {\"error\":\"expired\"}",
        "image/gif | GIF88a",
        "image/bmp | BM",
        "image/webp | RIFFxxxxWAVE",
        "image/avif | ....ftypmp42....mp42isom",
      })
  void refusesBytesThatAreNoPicture(String type, String body) {
    files.answers(id, aResponse().withHeader("Content-Type", type).withBody(body.getBytes(UTF_8)));
    links(files.link(id));

    Answer answer = service.get(path);

    assertRefused(answer, "type");
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 204})
  void refusesAnswerWithoutBytes(int status) {
    files.answers(id, aResponse().withStatus(status).withHeader("Content-Type", "image/png"));
    links(files.link(id));

    assertRefused(service.get(path), "empty");
  }

  @Test
  void refusesAnswerThatIsShorterThanItSays() {
    raw.answers(id, "HTTP/1.1 200 OK\r\nContent-Length: 1000", 500);
    links("https://" + raw.authority() + "/" + id);

    assertRefused(service.get(path), "length");
  }

  @Test
  void refusesChunksWithoutTheirEnd() {
    raw.answers(id, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1000", 500);
    links("https://" + raw.authority() + "/" + id);

    assertRefused(service.get(path), "length");
  }

  @Test
  void takesNothingBeyondTheLengthOfAnAnswer() {
    raw.answers(id, "HTTP/1.1 200 OK\r\nContent-Length: 500", 10_000);
    links("https://" + raw.authority() + "/" + id);

    Answer answer = service.send("HEAD", path);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("Content-Length")).isEqualTo("500");
  }

  @Test
  void stopsReadingWhatIsTooLargeWithoutLength() {
    long before = raw.sent();
    raw.answers(id, "HTTP/1.1 200 OK", 200L << 20);
    links("https://" + raw.authority() + "/" + id);

    Answer answer = service.get(path);

    assertRefused(answer, "size");
    assertThat(raw.sent() - before).isLessThan(48L << 20);
  }

  @Test
  void readsNothingOfWhatSaysThatItIsTooLarge() {
    long before = raw.sent();
    raw.answers(id, "HTTP/1.1 200 OK\r\nContent-Length: " + (33L << 20), 33L << 20);
    links("https://" + raw.authority() + "/" + id);

    Answer answer = service.get(path);

    assertRefused(answer, "size");
    assertThat(raw.sent() - before).isLessThan(8L << 20);
  }

  @Test
  void unpacksNothing() {
    long before = raw.sent();
    raw.answers(id, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip", 2L << 30);
    links("https://" + raw.authority() + "/" + id);

    Answer answer = service.get(path);

    assertRefused(answer, "encoding");
    assertThat(raw.sent() - before).isLessThan(8L << 20);
  }

  @Test
  void refusesHostWithoutTheCertificateOfItsName() {
    links("https://host.example.x/0.png");

    assertThat(service.get(path).status()).isEqualTo(503);
  }

  private void links(String... links) {
    vendor.answers(
        id,
        Vendor.json(
            "{\"status\":\"success\",\"id\":%s,\"output\":[\"%s\"]}"
                .formatted(id, String.join("\",\"", links))));
  }

  private void assertRefused(Answer answer, String reason) {
    assertThat(answer.status()).as(answer.body()).isEqualTo(502);
    assertThat(answer.problem()).isEqualTo("content-refused");
    assertThat(management.metric("cloakroom_content_refused_total{reason=\"" + reason + "\"}"))
        .isPositive();
    assertThat(kept()).noneMatch(name -> name.startsWith(id) || name.endsWith(".part"));
  }

  private static List<String> kept() {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
