package dev.cloakroom.upstream.key;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.Canary;
import dev.cloakroom.testsupport.Disguises;
import dev.cloakroom.testsupport.ServiceTests;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import tools.jackson.databind.json.JsonMapper;

/** What callers and logs get of answers in which the vendor echoes the key, in any disguise. */
@ExtendWith(OutputCaptureExtension.class)
class KeyEchoTests extends ServiceTests {

  private static final String WITHHELD =
      "The vendor's text was withheld, as it held part of a key.";

  private static final String CLEAN = "https://a.example/1.png";

  static Stream<String> disguises() {
    return Disguises.of(Canary.KEY).keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("disguises")
  void withholdsTheReasonOfFailedImage(String disguise) {
    String echo = Disguises.of(Canary.KEY).get(disguise);

    for (Object message : List.of(echo, "Failed for " + echo + ", sorry", halves(echo))) {
      for (String name : List.of("message", "messege")) {
        assertThat(reasonOf(Map.of("status", "failed", name, message))).isEqualTo(WITHHELD);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("disguises")
  void leavesOutTheLink(String disguise) {
    String echo = Disguises.of(Canary.KEY).get(disguise);

    for (String link : List.of("https://a.example/", "https://a.example/?token=")) {
      Answer answer =
          answerTo(Map.of("status", "success", "output", List.of(CLEAN, link + echo + "&a=1.png")));

      assertThat(answer.body()).contains("\"output\":[\"" + CLEAN + "\"]");
    }
  }

  @ParameterizedTest
  @MethodSource("disguises")
  void logsThatTheVendorsTextWasWithheld(String disguise, CapturedOutput log) {
    String echo = Disguises.of(Canary.KEY).get(disguise);

    Answer refused =
        answerTo(Map.of("status", "error", "message", "Invalid Api Key " + echo, "tips", echo));
    Answer unknown = answerTo(Map.of("status", echo, "message", echo), 500);
    Answer failed = answerTo(Map.of("status", "error", "message", halves(echo)), 500);

    assertThat(refused.problem()).isEqualTo("upstream-credentials");
    assertThat(unknown.problem() + failed.problem()).contains("upstream-unavailable");
    assertThat(log.getAll()).contains("answered HTTP 200 with \"" + WITHHELD);
    assertThat(log.getAll().lines().filter(line -> line.contains(" with \"")))
        .isNotEmpty()
        .allMatch(line -> line.contains(WITHHELD));
  }

  @Test
  void withholdsWhatStatusAndMessageSayTogether(CapturedOutput log) {
    String piece = Canary.KEY.substring(0, 12);

    answerTo(Map.of("status", piece.substring(0, 6), "message", piece.substring(6)), 429);

    assertThat(log.getAll())
        .contains("answered HTTP 429 with \"" + WITHHELD)
        .doesNotContain(piece.substring(6));
  }

  @Test
  void leavesOutLinksThatShowKeyTogether() {
    String piece = Canary.KEY.substring(0, 20);
    List<String> links =
        List.of(
            "https://a.example/" + piece.substring(0, 10),
            "https://b.example/" + piece.substring(10));

    Answer answer = answerTo(Map.of("status", "success", "output", links));

    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.body()).doesNotContain(piece.substring(0, 10), piece.substring(10));
  }

  @Test
  void sendsNoKeyWithEvents() {
    String id = newId();
    vendor.answers(
        id, json(Map.of("status", "failed", "message", halves(Canary.KEY.substring(0, 24)))));

    assertThat(service.get("/images/" + id + "/events").body()).contains(WITHHELD);
  }

  @Test
  void understandsWhatItDoesNotShow() {
    Answer throttled =
        answerTo(
            Map.of("status", "error", "message", "Rate limit of " + Canary.KEY + ", wait 70 s"));
    Answer missing =
        answerTo(Map.of("status", "failed", "message", "Request not found: " + Canary.KEY));

    assertThat(throttled.problem()).isEqualTo("upstream-throttled");
    assertThat(throttled.header("Retry-After")).isEqualTo("70");
    assertThat(missing.status()).isEqualTo(404);
  }

  @Test
  void passesOnWhatOnlyResemblesKey() {
    String links = "https://pub-3626123a908346a7a8be8d9295f44e26.r2.dev/";
    List<String> output =
        List.of(
            links + "generations/0-7f3c9a52-1b5e-4d7c-9b6e-2f0a8c4d6e1b.png",
            links + "x.png?X-Amz-Signature=" + "0a1b2c3d".repeat(8),
            links + Canary.KEY.substring(0, 11) + ".png");

    Answer answer = answerTo(Map.of("status", "success", "output", output));

    assertThat(answer.json().path("output").valueStream().map(link -> link.asString()))
        .isEqualTo(output);
  }

  private String reasonOf(Map<String, Object> body) {
    return answerTo(body).json().path("message").asString();
  }

  private Answer answerTo(Map<String, Object> body) {
    return answerTo(body, 200);
  }

  private Answer answerTo(Map<String, Object> body, int code) {
    // By then no key is in cooldown, and no breaker is open.
    time.advance(Duration.ofHours(1));
    String id = newId();
    vendor.answers(id, code, json(body));
    return service.get("/images/" + id);
  }

  private static List<String> halves(String text) {
    return List.of(text.substring(0, text.length() / 2), text.substring(text.length() / 2));
  }

  private static String json(Map<String, Object> body) {
    return JsonMapper.shared().writeValueAsString(body);
  }
}
