package dev.cloakroom.content;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static dev.cloakroom.content.Reader.header;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.lookup.ImageLookup;
import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.Tool;
import dev.cloakroom.testsupport.Vendor;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.FileSystemUtils;

/** What is kept outlasts the vendor's link and the process, and no disk fails a reader. */
class ContentStoreTests {

  private static final Vendor vendor = new Vendor();
  private static final FileHost files = new FileHost();
  private static final byte[] png = FileHost.png(7, 300_000);

  @TempDir private Path directory;

  @AfterAll
  static void stop() {
    files.stop();
  }

  private ContentReplica start(Map<String, String> settings) {
    return ContentReplica.start(vendor, files, directory, settings);
  }

  private static String ready(int id) {
    files.has(id + ".png", png);
    vendor.answers(Integer.toString(id), files.ready(Integer.toString(id), id + ".png"));
    return "/images/" + id + "/0";
  }

  @Test
  void servesAfterRestartWhatAnEarlierProcessHasKept() {
    String path = ready(101);
    String etag;
    try (ContentReplica first = start(Map.of())) {
      etag = header(first.reader().get(path), "ETag");
    }
    files.answers("101.png", aResponse().withStatus(404));
    int calls = vendor.calls();

    try (ContentReplica second = start(Map.of())) {
      HttpResponse<byte[]> answer = second.reader().get(path);

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo(png);
      assertThat(header(answer, "ETag")).isEqualTo(etag);
      assertThat(header(answer, "Content-Type")).isEqualTo("image/png");
    }
    assertThat(files.calls("101.png")).hasSize(1);
    assertThat(vendor.calls()).isEqualTo(calls);
  }

  @Test
  void clearsWhatWasHalfWrittenAndLeavesWhatIsNotItsOwn() throws IOException {
    Files.writeString(directory.resolve(UUID.randomUUID() + ".part"), "half");
    String cut = "107.0.300000." + "0".repeat(64) + ".png";
    Files.write(directory.resolve(cut), FileHost.png(1, 100));
    Files.writeString(directory.resolve("notes.txt"), "of an operator");
    Files.writeString(directory.resolve("film.part"), "of an operator");

    try (ContentReplica _ = start(Map.of())) {
      assertThat(names()).containsExactlyInAnyOrder("notes.txt", "film.part");
    }
  }

  @Test
  void removesTheLeastRecentlyUsedOnesBeyondTheSize() {
    List<String> paths = IntStream.range(200, 230).mapToObj(ContentStoreTests::ready).toList();

    try (ContentReplica replica =
        start(
            Map.of(
                "cloakroom.content.max-size",
                "3MB",
                "cloakroom.content.max-picture-size",
                "1MB"))) {
      assertThat(paths)
          .allSatisfy(
              path -> assertThat(replica.reader().get(path).body()).as(path).isEqualTo(png));

      assertThat(names()).hasSizeBetween(1, 10);
      assertThat(replica.management().metric("cloakroom_content_bytes"))
          .isLessThanOrEqualTo(3 << 20);
    }
  }

  @Test
  void fetchesAnewWhatVanished() throws IOException {
    String path = ready(102);
    try (ContentReplica replica = start(Map.of())) {
      replica.reader().get(path);
      try (Stream<Path> kept = Files.list(directory)) {
        for (Path file : kept.toList()) {
          Files.delete(file);
        }
      }

      HttpResponse<byte[]> answer = replica.reader().get(path);

      assertThat(answer.body()).isEqualTo(png);
      assertThat(files.calls("102.png")).hasSize(2);
      assertThat(
              replica.management().metric("cloakroom_content_failures_total{store=\"directory\"}"))
          .isPositive();
    }
  }

  @Test
  void fetchesAnewWhatWasCut() throws IOException {
    String path = ready(103);
    try (ContentReplica replica = start(Map.of())) {
      replica.reader().get(path);
      Files.write(directory.resolve(names().getFirst()), FileHost.png(1, 10));

      HttpResponse<byte[]> answer = replica.reader().get(path);

      assertThat(answer.body()).isEqualTo(png);
    }
  }

  @Test
  void servesWithoutDirectoryThatTakesNoFile() throws IOException {
    Path file = Files.writeString(directory.resolve("no-directory"), "");
    String path = ready(104);

    try (ContentReplica replica = start(Map.of("cloakroom.content.directory", file.toString()))) {
      HttpResponse<byte[]> first = replica.reader().get(path);
      HttpResponse<byte[]> range = replica.reader().get(path, "Range", "bytes=5-9");
      Answer health = replica.management().get("/actuator/health");

      assertThat(first.body()).isEqualTo(png);
      assertThat(range.statusCode()).isEqualTo(206);
      assertThat(range.body()).isEqualTo(java.util.Arrays.copyOfRange(png, 5, 10));
      assertThat(health.json().at("/components/content/status").asString()).isEqualTo("DOWN");
      assertThat(health.json().at("/components/content/details/action").asString())
          .contains("cloakroom.content.directory");
      assertThat(replica.management().get("/actuator/health/readiness").status()).isEqualTo(200);
    }
  }

  @Test
  void failsNoReaderWhenTheDirectoryVanishesUnderLoad() {
    List<String> paths = IntStream.range(300, 340).mapToObj(ContentStoreTests::ready).toList();
    try (ContentReplica replica = start(Map.of())) {
      List<CompletableFuture<HttpResponse<byte[]>>> answers =
          IntStream.range(0, 400)
              .mapToObj(
                  i -> {
                    if (i % 50 == 25) {
                      FileSystemUtils.deleteRecursively(directory.toFile());
                    }
                    return replica.reader().sendAsync("GET", paths.get(i % paths.size()));
                  })
              .toList();

      assertThat(answers)
          .allSatisfy(
              answer -> {
                assertThat(answer.join().statusCode()).isEqualTo(200);
                assertThat(answer.join().body()).isEqualTo(png);
              });
      Awaitility.await().until(() -> memoryUsed(replica) == 0);
    }
  }

  @Test
  void failsNoReaderWhenTheDiskIsFullUnderLoad() {
    Tool mount = new Tool(Tool.onPath("mount", "a full disk").toString());
    if (mount.tryRun("-t", "tmpfs", "-o", "size=1m", "tmpfs", directory.toString()).status() != 0) {
      throw Tool.missing("a full disk: needs a user who may mount one");
    }
    List<String> paths = IntStream.range(400, 440).mapToObj(ContentStoreTests::ready).toList();
    try (ContentReplica replica = start(Map.of())) {
      List<CompletableFuture<HttpResponse<byte[]>>> answers =
          IntStream.range(0, 400)
              .mapToObj(i -> replica.reader().sendAsync("GET", paths.get(i % paths.size())))
              .toList();

      assertThat(answers)
          .allSatisfy(
              answer -> {
                assertThat(answer.join().statusCode()).isEqualTo(200);
                assertThat(answer.join().body()).isEqualTo(png);
              });
      assertThat(names()).hasSizeBetween(1, 3).noneMatch(name -> name.endsWith(".part"));
      Awaitility.await().until(() -> memoryUsed(replica) == 0);
    } finally {
      new Tool("umount").run("-l", directory.toString());
    }
  }

  private static long memoryUsed(ContentReplica replica) {
    return replica.context().getBean(MemoryBudget.class).used();
  }

  @Test
  void fetchesPicturesAheadWhereThatIsSet() {
    ready(105);
    try (ContentReplica replica = start(Map.of("cloakroom.content.prefetch", "true"))) {
      replica.service().get("/images/105");

      Awaitility.await().until(() -> names().size() == 1);
      HttpResponse<byte[]> answer = replica.reader().get("/images/105/0");

      assertThat(header(answer, "Cache-Status")).isEqualTo("cloakroom; hit");
      assertThat(files.calls("105.png")).hasSize(1);
    }
  }

  @Test
  void namesOurOwnLinksWhereThereIsAnAddressForThem() {
    ready(106);
    try (ContentReplica replica =
        start(Map.of("cloakroom.content.public-url", "https://images.example.com/cloakroom/"))) {
      Answer miss = replica.service().get("/images/106");
      Answer hit = replica.service().get("/images/106");
      String events = replica.service().get("/images/106/events").body();
      HttpResponse<byte[]> picture = replica.reader().get("/images/106/0");

      String link = "https://images.example.com/cloakroom/images/106/0";
      assertThat(miss.json().at("/output/0").asString()).isEqualTo(link);
      assertThat(hit.json().at("/output/0").asString()).isEqualTo(link);
      assertThat(events).contains(link).doesNotContain(files.authority());
      assertThat(picture.body()).isEqualTo(png);
      assertThat(replica.context().getBean(ImageLookup.class).find(new ImageId("106")))
          .as("what replicas share")
          .extracting(found -> ((Image.Ready) found.image()).output())
          .isEqualTo(List.of(URI.create(files.link("106.png"))));
    }
  }

  private List<String> names() {
    try (Stream<Path> kept = Files.list(directory)) {
      return kept.map(file -> file.getFileName().toString()).toList();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
