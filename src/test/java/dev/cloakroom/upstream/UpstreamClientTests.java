package dev.cloakroom.upstream;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Vendor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What can go wrong between us and the vendor. */
class UpstreamClientTests extends ServiceTests {

  private static final int MEBIBYTE = 1024 * 1024;

  @ParameterizedTest
  @EnumSource(Fault.class)
  void reportsLostConnectionAsUnavailable(Fault fault) {
    Answer answer = answerTo(aResponse().withFault(fault));

    assertProblem(answer, 503, "upstream-unavailable");
  }

  @Test
  void givesUpOnSilentVendor() {
    Answer answer = answerTo(Vendor.readyForAny().withFixedDelay(1_500));

    assertProblem(answer, 504, "upstream-timeout");
  }

  @Test
  void givesUpOnVendorThatDripsPastTheLimit() {
    Answer answer = answerTo(Vendor.readyForAny().withChunkedDribbleDelay(20, 6_000));

    assertProblem(answer, 504, "upstream-timeout");
  }

  @Test
  void takesSlowAnswerWithinTheLimit() {
    Answer answer = answerTo(Vendor.readyForAny().withChunkedDribbleDelay(5, 600));

    assertThat(answer.status()).isEqualTo(200);
  }

  @Test
  void takesAnswerOfAlmostOneMebibyte() {
    String id = newId();
    vendor.answers(id, Vendor.ready(id) + " ".repeat(MEBIBYTE - 1024));

    assertThat(service.get("/images/" + id).status()).isEqualTo(200);
  }

  @Test
  void refusesAnswerOfTwoMebibytes() {
    String id = newId();
    vendor.answers(id, Vendor.ready(id) + " ".repeat(2 * MEBIBYTE));

    assertProblem(service.get("/images/" + id), 502, "upstream-invalid");
  }

  @Test
  void readsCompressedAnswer() {
    String id = newId();
    byte[] body = gzip(Vendor.ready(id).getBytes(StandardCharsets.UTF_8));
    vendor.answers(id, aResponse().withHeader("Content-Encoding", "gzip").withBody(body));

    Answer answer = service.get("/images/" + id);

    assertThat(answer.status()).isEqualTo(200);
  }

  @Test
  void refusesGzipBomb() {
    byte[] spaces = new byte[64 * MEBIBYTE];
    Arrays.fill(spaces, (byte) ' ');
    byte[] body = gzip(spaces);

    Answer answer = answerTo(aResponse().withHeader("Content-Encoding", "gzip").withBody(body));

    assertThat(body).hasSizeLessThan(MEBIBYTE);
    assertProblem(answer, 502, "upstream-invalid");
  }

  @Test
  void refusesWhatOnlyClaimsToBeCompressed() {
    Answer answer = answerTo(Vendor.readyForAny().withHeader("Content-Encoding", "gzip"));

    assertProblem(answer, 502, "upstream-invalid");
  }

  @Test
  void refusesPageInsteadOfJson() {
    Answer answer =
        answerTo(
            aResponse()
                .withHeader("Content-Type", "text/html")
                .withBody("<!doctype html><title>Just a moment…</title>"));

    assertProblem(answer, 502, "upstream-invalid");
  }

  @Test
  void refusesDeeplyNestedJson() {
    String body = "{\"status\":\"success\",\"output\":" + "[".repeat(100_000) + "]".repeat(100_000);

    assertProblem(answerTo(Vendor.json(body + "}")), 502, "upstream-invalid");
  }

  @Test
  void readsJsonWhateverCharsetTheHeaderNames() {
    Answer answer =
        answerTo(
            aResponse()
                .withHeader("Content-Type", "text/plain; charset=klingon")
                .withBody("{\"status\":\"failed\",\"message\":\"Grüße\"}"));

    assertThat(answer.json().path("message").asString()).isEqualTo("Grüße");
  }

  @Test
  void refusesTextInAnotherCharset() {
    byte[] latin =
        "{\"status\":\"failed\",\"message\":\"Grüße\"}".getBytes(StandardCharsets.ISO_8859_1);

    assertProblem(answerTo(aResponse().withBody(latin)), 502, "upstream-invalid");
  }

  @Test
  void followsNoRedirect() {
    String elsewhere = newId();
    vendor.answers(elsewhere, Vendor.ready(elsewhere));

    Answer answer = answerTo(aResponse().withStatus(307).withHeader("Location", "./" + elsewhere));

    assertProblem(answer, 502, "upstream-invalid");
    assertThat(vendor.calls(elsewhere)).isEmpty();
  }

  @Test
  void servesOthersWhileManyCallsHang() {
    String quick = newId();
    vendor.answers(quick, Vendor.ready(quick));
    var hanging = new ArrayList<CompletableFuture<Answer>>();
    for (int i = 0; i < 40; i++) {
      String slow = newId();
      vendor.answers(slow, Vendor.json("{}").withFixedDelay(1_500));
      hanging.add(service.sendAsync("GET", "/images/" + slow));
    }

    assertThat(service.get("/images/" + quick).status()).isEqualTo(200);
    assertThat(hanging)
        .allSatisfy(call -> assertThat(call.join().problem()).isEqualTo("upstream-timeout"));
  }

  private Answer answerTo(ResponseDefinitionBuilder response) {
    String id = newId();
    vendor.answers(id, response);
    return service.get("/images/" + id);
  }

  private static void assertProblem(Answer answer, int status, String problem) {
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.problem()).isEqualTo(problem);
    assertThat(answer.header("Retry-After")).isEqualTo("5");
  }

  private static byte[] gzip(byte[] bytes) {
    var compressed = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(compressed)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return compressed.toByteArray();
  }
}
