package dev.cloakroom.content;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static dev.cloakroom.content.Reader.header;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.Canary;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Vendor;
import java.net.http.HttpResponse;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;

/** Each promise of docs/api.md about pictures, over HTTPS to a host of files. */
@TestPropertySource(
    properties = {
      "cloakroom.content.max-picture-size=1MB",
      "cloakroom.content.max-size=100MB",
      "cloakroom.content.timeout=4s"
    })
class ContentTests extends ServiceTests {

  private static final FileHost files = new FileHost();

  private final String id = newId();
  private final String name = id + ".png";
  private final String path = "/images/" + id + "/0";
  private final byte[] png = FileHost.png(id.hashCode(), 300_000);
  private Reader reader;

  @DynamicPropertySource
  static void files(DynamicPropertyRegistry properties) {
    files.allow(properties);
  }

  @BeforeEach
  void makeReader() {
    reader = new Reader(port);
  }

  private void isReady() {
    files.has(name, png);
    vendor.answers(id, files.ready(id, name));
  }

  @Test
  void servesThePictureWithItsTypeAndValidators() throws Exception {
    isReady();

    HttpResponse<byte[]> answer = reader.get(path);

    byte[] sha256 = MessageDigest.getInstance("SHA-256").digest(png);
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo(png);
    assertThat(header(answer, "Content-Type")).isEqualTo("image/png");
    assertThat(header(answer, "ETag")).isEqualTo('"' + HexFormat.of().formatHex(sha256) + '"');
    assertThat(header(answer, "Repr-Digest"))
        .isEqualTo("sha-256=:" + Base64.getEncoder().encodeToString(sha256) + ":");
    assertThat(header(answer, "Content-Length")).isEqualTo("300000");
    assertThat(header(answer, "Accept-Ranges")).isEqualTo("bytes");
    assertThat(header(answer, "Cache-Control")).isEqualTo("private, max-age=31536000, immutable");
    assertThat(header(answer, "X-Content-Type-Options")).isEqualTo("nosniff");
    assertThat(header(answer, "Content-Security-Policy")).isEqualTo("default-src 'none'; sandbox");
    assertThat(header(answer, "Cache-Status")).isEqualTo("cloakroom; fwd=uri-miss; stored");
  }

  @Test
  void asksNobodyForWhatIsStored() {
    isReady();
    HttpResponse<byte[]> first = reader.get(path);
    files.answers(name, aResponse().withStatus(404));
    management.send("DELETE", "/actuator/caches/images");

    HttpResponse<byte[]> second = reader.get(path);

    assertThat(second.statusCode()).isEqualTo(200);
    assertThat(second.body()).isEqualTo(png);
    assertThat(header(second, "ETag")).isEqualTo(header(first, "ETag"));
    assertThat(header(second, "Cache-Status")).isEqualTo("cloakroom; hit");
    assertThat(vendor.calls(id)).hasSize(1);
    assertThat(files.calls(name)).hasSize(1);
  }

  @Test
  void fetchesNothingForThoseWhoWantOnlyWhatIsCached() {
    isReady();
    service.get("/images/" + id);

    Answer before = service.get(path, "Cache-Control", "only-if-cached");
    reader.get(path);
    HttpResponse<byte[]> after = reader.get(path, "Cache-Control", "only-if-cached");

    assertThat(before.status()).isEqualTo(504);
    assertThat(before.problem()).isEqualTo("not-cached");
    assertThat(after.body()).isEqualTo(png);
    assertThat(files.calls(name)).hasSize(1);
  }

  @Test
  void sendsTheFileHostNeitherKeyNorCookieNorTrace() {
    isReady();

    reader.get(
        path,
        "traceparent",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "Cookie",
        "session=secret",
        "Authorization",
        "Bearer secret");

    LoggedRequest request = files.calls(name).getFirst();
    assertThat(request.getMethod().getName()).isEqualTo("GET");
    assertThat(request.getHeaders().keys())
        .map(header -> header.toLowerCase(java.util.Locale.ROOT))
        .containsExactlyInAnyOrder("host", "user-agent", "accept", "accept-encoding", "connection");
    assertThat(request.getBodyAsString()).isEmpty();
    assertThat(request.toString()).doesNotContain(Canary.KEY).doesNotContain("secret");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void answersNotModifiedToThoseWhoHaveThePicture(boolean isStored) {
    isReady();
    String etag = header(reader.get(path), "ETag");
    if (!isStored) {
      management.send("DELETE", "/actuator/images/" + id);
    }

    HttpResponse<byte[]> answer = reader.get(path, "If-None-Match", "\"other\", " + etag);

    assertThat(answer.statusCode()).isEqualTo(304);
    assertThat(answer.body()).isEmpty();
    assertThat(header(answer, "ETag")).isEqualTo(etag);
    assertThat(header(answer, "Cache-Control")).contains("immutable");
  }

  @Test
  void answersHeadLikeGetWithoutTheBytes() {
    isReady();
    HttpResponse<byte[]> get = reader.get(path);

    HttpResponse<byte[]> head = reader.send("HEAD", path, "Range", "bytes=0-9");

    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
    for (String name : List.of("Content-Length", "Content-Type", "ETag", "Repr-Digest")) {
      assertThat(header(head, name)).as(name).isEqualTo(header(get, name)).isNotEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "bytes=0-99, 0, 99",
    "bytes=1000-, 1000, 299999",
    "bytes=-5, 299995, 299999",
    "bytes=299999-900000, 299999, 299999"
  })
  void servesRange(String range, int start, int end) {
    isReady();
    reader.get(path);

    HttpResponse<byte[]> answer = reader.get(path, "Range", range);

    assertThat(answer.statusCode()).isEqualTo(206);
    assertThat(header(answer, "Content-Range"))
        .isEqualTo("bytes %d-%d/300000".formatted(start, end));
    assertThat(answer.body()).isEqualTo(Arrays.copyOfRange(png, start, end + 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=300000-", "bytes=400000-400001", "bytes=-0"})
  void refusesRangeBeyondTheEnd(String range) {
    isReady();

    HttpResponse<byte[]> answer = reader.get(path, "Range", range);

    assertThat(answer.statusCode()).isEqualTo(416);
    assertThat(header(answer, "Content-Range")).isEqualTo("bytes */300000");
    assertThat(answer.body()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=0-1,5-6", "bytes=x-y", "lines=0-1", "bytes=9-1"})
  void servesTheWholePictureForRangesThatItDoesNotServe(String range) {
    isReady();

    HttpResponse<byte[]> answer = reader.get(path, "Range", range);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo(png);
  }

  @Test
  void servesRangeOnlyOfThePictureThatTheReaderHasBegun() {
    isReady();
    String etag = header(reader.get(path), "ETag");

    HttpResponse<byte[]> same = reader.get(path, "Range", "bytes=0-9", "If-Range", etag);
    HttpResponse<byte[]> other = reader.get(path, "Range", "bytes=0-9", "If-Range", "\"other\"");
    HttpResponse<byte[]> weak = reader.get(path, "Range", "bytes=0-9", "If-Range", "W/" + etag);

    assertThat(same.statusCode()).isEqualTo(206);
    assertThat(other.statusCode()).isEqualTo(200);
    assertThat(weak.statusCode()).isEqualTo(200);
  }

  @Test
  void answersWithTheStateWhileTheImageIsUnfinished() {
    vendor.answers(id, Vendor.example("09-processing-submit-full", id));

    Answer answer = service.get(path);

    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.json().path("status").asString()).isEqualTo("processing");
    assertThat(answer.header("Retry-After")).isEqualTo("5");
    assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
  }

  @ParameterizedTest
  @CsvSource({"?wait=30, ", "'', wait=30"})
  void servesThePictureWhenTheWaitBringsIt(String query, String preference) {
    vendor.answers(id, Vendor.example("07-processing-fetch-message"));
    String[] headers = preference == null ? new String[] {} : new String[] {"Prefer", preference};
    CompletableFuture<HttpResponse<byte[]>> waiting =
        reader.sendAsync("GET", path + query, headers);
    Awaitility.await().until(() -> !vendor.calls(id).isEmpty());

    isReady();
    letTimePassUntil(waiting::isDone);

    assertThat(waiting.join().statusCode()).isEqualTo(200);
    assertThat(waiting.join().body()).isEqualTo(png);
    if (preference != null) {
      assertThat(header(waiting.join(), "Preference-Applied")).isEqualTo(preference);
    }
  }

  @Test
  void answersWithTheStateWhenTheWaitIsOver() {
    vendor.answers(id, Vendor.example("07-processing-fetch-message"));
    CompletableFuture<Answer> waiting = service.sendAsync("GET", path + "?wait=30");
    Awaitility.await().until(() -> !vendor.calls(id).isEmpty());

    Duration time = letTimePassUntil(waiting::isDone);

    assertThat(waiting.join().status()).isEqualTo(202);
    assertThat(time).isBetween(Duration.ofSeconds(29), Duration.ofSeconds(35));
  }

  @Test
  void sendsAnImageTagToItselfBeforeProxiesGiveUp() {
    vendor.answers(id, Vendor.example("07-processing-fetch-message"));
    String signed = path + "?caller=web&expires=1&signature=s";
    CompletableFuture<Answer> waiting = service.sendAsync("GET", signed, "Sec-Fetch-Dest", "image");
    Awaitility.await().until(() -> !vendor.calls(id).isEmpty());

    Duration time = letTimePassUntil(waiting::isDone);

    assertThat(time).isBetween(Duration.ofSeconds(45), Duration.ofSeconds(59));
    assertThat(waiting.join().status()).isEqualTo(307);
    assertThat(waiting.join().header("Location"))
        .isEqualTo("?caller=web&expires=1&signature=s&attempt=2");
    assertThat(waiting.join().header("Cache-Control")).isEqualTo("no-store");
  }

  @Test
  void sendsAnImageTagToItselfNineTimes() {
    vendor.answers(id, Vendor.example("07-processing-fetch-message"));

    CompletableFuture<Answer> ninth =
        service.sendAsync("GET", path + "?attempt=9", "Sec-Fetch-Dest", "image");
    CompletableFuture<Answer> tenth =
        service.sendAsync("GET", path + "?attempt=10", "Sec-Fetch-Dest", "image");
    Awaitility.await().until(() -> !vendor.calls(id).isEmpty());
    letTimePassUntil(() -> ninth.isDone() && tenth.isDone());

    assertThat(ninth.join().header("Location")).isEqualTo("?attempt=10");
    assertThat(tenth.join().status()).isEqualTo(503);
    assertThat(tenth.join().problem()).isEqualTo("content-unavailable");
    assertThat(tenth.join().header("Retry-After")).isNotEmpty();
  }

  @Test
  void servesAnImageTagThatSaysHowLongItWaitsLikeAnyCaller() {
    vendor.answers(id, Vendor.example("07-processing-fetch-message"));

    Answer answer = service.get(path + "?wait=0", "Sec-Fetch-Dest", "image");

    assertThat(answer.status()).isEqualTo(202);
  }

  @Test
  void answersForFailedImageThatThereIsNoPicture() {
    vendor.answers(id, Vendor.example("12-failed-try-again"));

    Answer answer = service.get(path);

    assertThat(answer.status()).isEqualTo(424);
    assertThat(answer.problem()).isEqualTo("image-failed");
  }

  @Test
  void answersForUnknownImageAsItsStateDoes() {
    vendor.answers(id, Vendor.example("11-failed-request-not-found"));

    Answer answer = service.get(path);

    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.problem()).isEqualTo("image-not-found");
    assertThat(answer.header("Cache-Control")).isEqualTo("private, max-age=8");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "999", "1000", "01", "-1", "x", "0/0"})
  void answersForPictureThatTheImageDoesNotHave(String index) {
    isReady();

    Answer answer = service.get("/images/" + id + "/" + index);

    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.problem()).isEqualTo("not-found");
  }

  @Test
  void refusesMalformedIdsWithoutCall() {
    assertThat(service.get("/images/007/0").status()).isEqualTo(400);
    assertThat(service.get("/images/" + id + "/0?wait=x").problem()).isEqualTo("invalid-request");
    assertThat(vendor.calls(id)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "13-error-invalid-key, 401, 0, upstream-credentials",
    "15-error-rate-limit-429, 429, 0, upstream-throttled",
    "'', 500, 0, upstream-unavailable",
    "06-success-empty-output, 302, 0, upstream-invalid",
    "06-success-empty-output, 200, 9000, upstream-timeout"
  })
  void saysAsTheStateDoesWhyTheVendorHasNone(
      String example, int status, int delay, String problem) {
    String body = example.isEmpty() ? "" : Vendor.example(example);
    vendor.answers(id, Vendor.json(body).withStatus(status).withFixedDelay(delay));

    assertThat(service.get(path).problem()).isEqualTo(problem);
  }

  @ParameterizedTest
  @CsvSource({
    "image/jpeg, FFD8FFE000104A46",
    "image/gif, 474946383961",
    "image/webp, 52494646000000005745425056503820",
    "image/avif, 000000206674797061766966000000006176696600000000"
  })
  void servesEachTypeOfPicture(String type, String bytes) {
    files.has(name, HexFormat.of().parseHex(bytes));
    vendor.answers(id, files.ready(id, name));

    HttpResponse<byte[]> answer = reader.get(path);

    assertThat(header(answer, "Content-Type")).isEqualTo(type);
    assertThat(answer.body()).isEqualTo(HexFormat.of().parseHex(bytes));
  }

  @Test
  void servesEachPictureOfAnImage() {
    byte[] second = FileHost.png(2, 1000);
    files.has(name, png);
    files.has("second", second);
    vendor.answers(id, files.ready(id, name, "second"));

    assertThat(reader.get(path).body()).isEqualTo(png);
    assertThat(reader.get("/images/" + id + "/1").body()).isEqualTo(second);
  }

  @ParameterizedTest
  @ValueSource(ints = {403, 404, 410})
  void saysThatThePictureIsLostWhenTheLinkIsDead(int status) {
    files.answers(name, aResponse().withStatus(status));
    vendor.answers(id, files.ready(id, name));
    service.get("/images/" + id);
    time.advance(Duration.ofSeconds(61));

    Answer answer = service.get(path);

    assertThat(answer.status()).isEqualTo(410);
    assertThat(answer.problem()).isEqualTo("content-lost");
    assertThat(management.metric("cloakroom_content_lost_total")).isPositive();
  }

  @Test
  void awaitsFileThatFollowsItsLink() {
    files.answers(name, aResponse().withStatus(404));
    vendor.answers(id, files.ready(id, name));
    CompletableFuture<HttpResponse<byte[]>> waiting = reader.sendAsync("GET", path);
    Awaitility.await().until(() -> !files.calls(name).isEmpty());

    files.has(name, png);
    letTimePassUntil(waiting::isDone);

    assertThat(waiting.join().body()).isEqualTo(png);
  }

  @Test
  void tellsTheCallerToReturnWhenTheFileDoesNotFollowInTime() {
    files.answers(name, aResponse().withStatus(404));
    vendor.answers(id, files.ready(id, name));

    Answer answer = service.get(path);

    assertThat(answer.status()).isIn(503, 504);
    assertThat(answer.problem()).isEqualTo("content-unavailable");
    assertThat(answer.header("Retry-After")).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {429, 500, 503, 400})
  void isUnavailableWhenTheFileHostFails(int status) {
    files.answers(name, aResponse().withStatus(status));
    vendor.answers(id, files.ready(id, name));

    Answer answer = service.get(path);

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.problem()).isEqualTo("content-unavailable");
    assertThat(answer.header("Retry-After")).isNotEmpty();
  }

  @Test
  void isUnavailableWhenTheFileHostHangs() {
    files.answers(name, aResponse().withFixedDelay(20_000).withBody(png));
    vendor.answers(id, files.ready(id, name));

    Answer answer = service.get(path);

    assertThat(answer.status()).isEqualTo(504);
    assertThat(answer.problem()).isEqualTo("content-unavailable");
    assertThat(answer.header("Retry-After")).isNotEmpty();
  }

  @Test
  void isUnavailableWhenTheFileHostTricklesItsBytes() {
    files.answers(name, aResponse().withBody(png).withChunkedDribbleDelay(100, 20_000));
    vendor.answers(id, files.ready(id, name));

    Answer answer = service.get(path);

    assertThat(answer.status()).isEqualTo(504);
    assertThat(answer.problem()).isEqualTo("content-unavailable");
  }

  @Test
  void isUnavailableWhenTheFileHostResets() {
    files.answers(name, aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER));
    vendor.answers(id, files.ready(id, name));

    Answer answer = service.get(path);

    assertThat(answer.status()).isEqualTo(503);
  }

  @Test
  void doesNotRememberFailures() {
    files.answers(name, aResponse().withStatus(500));
    vendor.answers(id, files.ready(id, name));
    assertThat(service.get(path).status()).isEqualTo(503);

    files.has(name, png);

    assertThat(reader.get(path).body()).isEqualTo(png);
  }

  @Test
  void fetchesOnceFor500ReadersAlsoWhenTheFirstLeaves() {
    files.answers(name, aResponse().withFixedDelay(1000).withBody(png));
    vendor.answers(id, files.ready(id, name));
    service.get("/images/" + id);

    service.askAndDisconnect(path);
    List<CompletableFuture<HttpResponse<byte[]>>> readers =
        Stream.generate(() -> reader.sendAsync("GET", path)).limit(500).toList();

    assertThat(readers)
        .allSatisfy(
            answer -> {
              assertThat(answer.join().statusCode()).isEqualTo(200);
              assertThat(answer.join().body()).isEqualTo(png);
            });
    assertThat(files.calls(name)).hasSize(1);
    assertThat(vendor.calls(id)).hasSize(1);
  }

  @Test
  void tellsAllReadersOfOneFailureOnce(CapturedOutput log) {
    files.answers(name, aResponse().withFixedDelay(1000).withStatus(500));
    vendor.answers(id, files.ready(id, name));
    service.get("/images/" + id);

    List<CompletableFuture<Answer>> readers =
        Stream.generate(() -> service.sendAsync("GET", path)).limit(50).toList();

    assertThat(readers).allSatisfy(answer -> assertThat(answer.join().status()).isEqualTo(503));
    assertThat(files.calls(name)).hasSize(1);
    assertThat(log.getOut().lines().filter(line -> line.contains(path + " content-unavailable")))
        .hasSizeLessThanOrEqualTo(1);
    files.has(name, png);
    assertThat(reader.get(path).statusCode()).isEqualTo(200);
  }

  @Test
  void purgesPicturesWithTheirImage() {
    isReady();
    reader.get(path);

    management.send("DELETE", "/actuator/images/" + id);
    reader.get(path);

    assertThat(files.calls(name)).hasSize(2);
  }

  @Test
  void keepsNothingOfFetchUnderWayWhenItsImageIsPurged() {
    files.answers(name, aResponse().withFixedDelay(1000).withBody(png));
    vendor.answers(id, files.ready(id, name));
    CompletableFuture<HttpResponse<byte[]>> early = reader.sendAsync("GET", path);
    Awaitility.await().until(() -> !files.calls(name).isEmpty());

    management.send("DELETE", "/actuator/images/" + id);

    assertThat(early.join().body()).isEqualTo(png);
    reader.get(path);
    assertThat(files.calls(name)).hasSize(2);
  }

  @Test
  void countsPicturesByHowTheyWereFound() {
    double hits = management.metric("cloakroom_content_requests_total{result=\"hit\"}");
    double misses = management.metric("cloakroom_content_requests_total{result=\"miss\"}");
    isReady();

    IntStream.range(0, 3).forEach(_ -> reader.get(path));

    assertThat(management.metric("cloakroom_content_requests_total{result=\"hit\"}"))
        .isEqualTo(hits + 2);
    assertThat(management.metric("cloakroom_content_requests_total{result=\"miss\"}"))
        .isEqualTo(misses + 1);
    assertThat(management.metric("cloakroom_content_bytes")).isGreaterThanOrEqualTo(300_000);
  }

  @Test
  void serves405ForOtherMethods() {
    assertThat(service.send("POST", path).status()).isEqualTo(405);
  }
}
