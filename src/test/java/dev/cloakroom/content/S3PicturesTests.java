package dev.cloakroom.content;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static dev.cloakroom.content.Reader.header;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Vendor;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Replicas that share pictures through a real S3-compatible store. */
class S3PicturesTests {

  private static final Vendor vendor = new Vendor();
  private static final FileHost files = new FileHost();
  private static final byte[] png = FileHost.png(9, 300_000);
  private static int lastId = 500;
  private static S3Server s3;

  private final String id = Integer.toString(++lastId);
  private final String name = id + ".png";
  private final String path = "/images/" + id + "/0";

  @TempDir private Path first;
  @TempDir private Path second;

  @BeforeAll
  static void start() {
    s3 = S3Server.start();
  }

  @AfterAll
  static void stop() {
    s3.close();
    files.stop();
  }

  private static ContentReplica replica(Path directory, Map<String, String> more) {
    Map<String, String> settings = new HashMap<>(s3.settings());
    settings.putAll(more);
    return ContentReplica.start(vendor, files, directory, settings);
  }

  private void isReady() {
    files.has(name, png);
    vendor.answers(id, files.ready(id, name));
  }

  private void isStored() {
    isReady();
    try (ContentReplica replica = replica(first, Map.of())) {
      assertThat(replica.reader().get(path).statusCode()).isEqualTo(200);
      Awaitility.await().until(() -> s3.keys().contains("test/" + id + "/0"));
    }
  }

  @Test
  void servesWhatAnotherReplicaHasStoredWithoutCallToAnybody() {
    isStored();
    files.answers(name, aResponse().withStatus(404));
    int calls = vendor.calls();

    try (ContentReplica replica = replica(second, Map.of())) {
      HttpResponse<byte[]> shared = replica.reader().get(path);
      HttpResponse<byte[]> kept = replica.reader().get(path);

      assertThat(shared.statusCode()).isEqualTo(200);
      assertThat(shared.body()).isEqualTo(png);
      assertThat(header(shared, "Cache-Status")).isEqualTo("cloakroom; hit; detail=shared");
      assertThat(header(kept, "Cache-Status")).isEqualTo("cloakroom; hit");
      assertThat(header(kept, "ETag")).isEqualTo(header(shared, "ETag"));
      assertThat(replica.management().metric("cloakroom_content_requests_total{result=\"shared\"}"))
          .isEqualTo(1);
    }
    assertThat(files.calls(name)).hasSize(1);
    assertThat(vendor.calls()).isEqualTo(calls);
  }

  @Test
  void fetchesAnewWhatIsNotWhatWasStored() throws IOException {
    isStored();
    s3.overwrite("test/" + id + "/0", FileHost.png(1, 5000));

    try (ContentReplica replica = replica(second, Map.of())) {
      assertThat(replica.reader().get(path).body()).isEqualTo(png);
      assertThat(replica.management().metric("cloakroom_content_failures_total{store=\"s3\"}"))
          .isPositive();
    }
    assertThat(files.calls(name)).hasSize(2);
  }

  @Test
  void continuesWithoutStoreThatDeniesEverything() {
    isReady();

    try (ContentReplica replica =
        replica(second, Map.of("cloakroom.content.s3.bucket", "another-bucket"))) {
      assertThat(replica.reader().get(path).body()).isEqualTo(png);
      assertThat(replica.reader().get(path).body()).isEqualTo(png);
      Awaitility.await()
          .untilAsserted(
              () ->
                  assertThat(
                          replica
                              .management()
                              .get("/actuator/health")
                              .json()
                              .at("/components/content/details/action")
                              .asString())
                      .contains("cloakroom.content.s3"));
    }
  }

  @Test
  void continuesWithoutStoreThatIsGoneOrHangs() throws IOException {
    isReady();
    try (ContentReplica replica = replica(second, Map.of())) {
      s3.pause();
      try {
        long start = System.nanoTime();
        assertThat(replica.reader().get(path).body()).isEqualTo(png);
        // In back-off, no reader waits for it.
        String other = Integer.toString(++lastId);
        files.has(other, png);
        vendor.answers(other, files.ready(other, other));
        assertThat(replica.reader().get("/images/" + other + "/0").body()).isEqualTo(png);
        assertThat(System.nanoTime() - start).isLessThan(8_000_000_000L);
      } finally {
        s3.goOn();
      }
    }
    s3.stop();
    try (ContentReplica replica = replica(first, Map.of())) {
      assertThat(replica.reader().get(path).body()).isEqualTo(png);
    } finally {
      s3.startAgain();
    }
  }

  @Test
  void removesPurgedPicturesFromTheStore() {
    isReady();
    try (ContentReplica replica = replica(first, Map.of())) {
      replica.reader().get(path);
      Awaitility.await().until(() -> s3.keys().contains("test/" + id + "/0"));

      replica.management().send("DELETE", "/actuator/images/" + id);

      Awaitility.await().until(() -> !s3.keys().contains("test/" + id + "/0"));
    }
  }

  @Test
  void asksTheStoreNothingAboutUnfinishedImagesThatAreKnown() {
    vendor.answers(id, Vendor.example("07-processing-fetch-message"));
    try (ContentReplica replica = replica(first, Map.of())) {
      assertThat(replica.service().get("/images/" + id).status()).isEqualTo(202);
      s3.pause();
      try {
        assertThat(replica.reader().get(path).statusCode()).isEqualTo(202);
        assertThat(replica.management().metric("cloakroom_content_failures_total{store=\"s3\"}"))
            .isZero();
      } finally {
        s3.goOn();
      }
    }
  }

  @Test
  void hasNoBeansOfTheStoreWhereThereIsNone() {
    try (ContentReplica replica = ContentReplica.start(vendor, files, first, Map.of())) {
      assertThat(replica.context().getBeanDefinitionNames())
          .noneMatch(bean -> bean.startsWith("s3"));
    }
  }
}
