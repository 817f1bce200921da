package dev.cloakroom.content;

import static dev.cloakroom.content.Reader.header;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Canary;
import dev.cloakroom.testsupport.MountedSecret;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Signatures;
import dev.cloakroom.testsupport.Vendor;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;

/** Who may ask for pictures, and how often. */
@TestPropertySource(properties = "cloakroom.access.new-images-per-minute=3")
class PictureAccessTests extends ServiceTests {

  private static final FileHost files = new FileHost();
  private static final MountedSecret callers =
      new MountedSecret(Map.of("shop", Canary.CALLER_SECRET, "other", Canary.OTHER_CALLER_SECRET));

  private final String id = newId();
  private final String path = "/images/" + id + "/0";
  private Reader reader;

  @DynamicPropertySource
  static void access(DynamicPropertyRegistry properties) {
    files.allow(properties);
    properties.add("cloakroom.access.caller-directory", () -> callers.directory().toString());
  }

  @BeforeEach
  void makeReader() {
    reader = new Reader(port);
    // A minute later, all may ask for new images again.
    time.advance(Duration.ofMinutes(2));
  }

  @Override
  protected String[] credentials() {
    return new String[] {"Authorization", "Bearer " + Canary.CALLER_SECRET};
  }

  private String link() {
    return Signatures.query(
        "shop", Canary.CALLER_SECRET, id, time.instant().plus(Duration.ofDays(1)));
  }

  private void isReady(String id) {
    files.has(id + ".png", FileHost.png(1, 1000));
    vendor.answers(id, files.ready(id, id + ".png"));
  }

  @Test
  void servesStoredPictureOnlyToThoseWhoMayAsk() {
    isReady(id);
    HttpResponse<byte[]> signed = reader.get(path + "?" + link());
    HttpResponse<byte[]> withSecret = reader.get(path, credentials());

    assertThat(signed.statusCode()).isEqualTo(200);
    assertThat(header(withSecret, "Cache-Status")).isEqualTo("cloakroom; hit");
    assertThat(reader.get(path).statusCode()).isEqualTo(401);
    assertThat(reader.get("/images/" + id + "/1?" + link()).statusCode()).isEqualTo(404);
    assertThat(reader.get("/images/" + newId() + "/0?" + link()).statusCode()).isEqualTo(403);
    assertThat(reader.get(path, "Authorization", "Bearer x").statusCode()).isEqualTo(403);
  }

  @Test
  void sendsAnImageTagToTheSameSignedLink() {
    vendor.answers(id, Vendor.example("07-processing-fetch-message"));
    String link = link();
    CompletableFuture<HttpResponse<byte[]>> waiting =
        reader.sendAsync("GET", path + "?" + link, "Sec-Fetch-Dest", "image");
    Awaitility.await().until(() -> !vendor.calls(id).isEmpty());

    letTimePassUntil(waiting::isDone);
    String next = header(waiting.join(), "Location");
    isReady(id);
    CompletableFuture<HttpResponse<byte[]>> picture =
        reader.sendAsync("GET", path + next, "Sec-Fetch-Dest", "image");
    letTimePassUntil(picture::isDone);

    assertThat(waiting.join().statusCode()).isEqualTo(307);
    assertThat(next).isEqualTo("?" + link + "&attempt=2");
    assertThat(picture.join().statusCode()).isEqualTo(200);
  }

  @Test
  void countsPicturesOfImagesThatAreNotRememberedAsNewImages() {
    String[] other = {"Authorization", "Bearer " + Canary.OTHER_CALLER_SECRET};
    for (int i = 0; i < 3; i++) {
      String known = newId();
      isReady(known);
      assertThat(reader.get("/images/" + known + "/0", other).statusCode()).isEqualTo(200);
      assertThat(reader.get("/images/" + known + "/0", other).statusCode()).isEqualTo(200);
    }
    isReady(id);

    HttpResponse<byte[]> answer = reader.get(path, other);

    assertThat(answer.statusCode()).isEqualTo(429);
    assertThat(header(answer, "RateLimit-Policy")).isEqualTo("\"new-images\";q=3;w=60");
    assertThat(vendor.calls(id)).isEmpty();
    assertThat(files.calls(id + ".png")).isEmpty();
  }
}
