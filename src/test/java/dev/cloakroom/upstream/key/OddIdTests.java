package dev.cloakroom.upstream.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Vendor;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The whole service with one key, and ids for which the vendor answers as if the key were at fault.
 */
class OddIdTests extends ServiceTests {

  private static final String INVALID_REQUEST = error("Invalid request");
  private static final String INVALID_KEY = error("Invalid Api Key");

  static Stream<Arguments> answers() {
    return Stream.of(
        arguments(200, INVALID_REQUEST),
        arguments(401, error("Invalid API Request")),
        arguments(403, "{\"message\":\"Forbidden\"}"),
        arguments(401, "<html><title>Access denied</title>"),
        arguments(403, "<html><title>Just a moment...</title>"),
        arguments(402, "<html>"),
        arguments(403, ""),
        arguments(200, error("The model asked for 3 credits more than the job had")),
        arguments(200, error("The specified key does not exist.")),
        arguments(200, error("No such image. Please subscribe to keep images for longer.")));
  }

  private static String error(String message) {
    return "{\"status\":\"error\",\"message\":\"%s\"}".formatted(message);
  }

  @ParameterizedTest
  @MethodSource("answers")
  void leaveTheKeyUsable(int code, String body) {
    String id = newId();
    vendor.answers(id, code, body);

    Answer first = service.get("/images/" + id);
    time.advance(Duration.ofSeconds(6));
    Answer second = service.get("/images/" + id);

    assertUnavailable(first);
    assertUnavailable(second);
    assertThat(stateOfKey()).isEqualTo("usable");
    assertServed();
  }

  @Test
  void rejectTheKeyForTheSecondOfThem() {
    assertUnavailable(answerTo(INVALID_REQUEST));
    assertUnavailable(answerTo(INVALID_REQUEST));

    assertThat(stateOfKey()).startsWith("rejected since ");
    assertThat(answerTo(Vendor.ready("1")).problem()).isEqualTo("upstream-credentials");
    time.advance(Duration.ofSeconds(5));
    assertServed();
    assertThat(stateOfKey()).isEqualTo("usable");
  }

  @Test
  void leaveTheKeyUsableWhileItWorksForOthers() {
    for (int i = 0; i < 5; i++) {
      assertUnavailable(answerTo(INVALID_REQUEST));
      assertServed();
    }

    assertThat(stateOfKey()).isEqualTo("usable");
  }

  @Test
  void tryRejectedKeyEverLater() {
    assertRetryAfter("5");
    time.advance(Duration.ofSeconds(5));
    assertRetryAfter("10");
    time.advance(Duration.ofSeconds(9));
    assertThat(answerTo(INVALID_KEY).header("Retry-After")).isEqualTo("1");
    time.advance(Duration.ofSeconds(1));
    assertRetryAfter("20");
    time.advance(Duration.ofSeconds(20));
    assertServed();
    assertRetryAfter("5");
  }

  private void assertRetryAfter(String seconds) {
    Answer answer = answerTo(INVALID_KEY);
    assertThat(answer.problem()).isEqualTo("upstream-credentials");
    assertThat(answer.header("Retry-After")).isEqualTo(seconds);
  }

  private static void assertUnavailable(Answer answer) {
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.problem()).isEqualTo("upstream-unavailable");
    assertThat(answer.header("Retry-After")).isEqualTo("5");
  }

  private void assertServed() {
    String id = newId();
    vendor.answers(id, Vendor.ready(id));
    assertThat(service.get("/images/" + id).status()).isEqualTo(200);
  }

  private String stateOfKey() {
    return management
        .get("/actuator/health")
        .json()
        .at("/components/upstream/details/keys/1")
        .asString();
  }

  private Answer answerTo(String body) {
    String id = newId();
    vendor.answers(id, body);
    return service.get("/images/" + id);
  }
}
