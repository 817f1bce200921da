package dev.cloakroom.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.OpenApi;
import dev.cloakroom.testsupport.ServiceTests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The service port serves the document that describes it. */
class OpenApiTests extends ServiceTests {

  private static final String PATH = "/openapi.json";

  @Test
  void servesTheDocument() {
    Answer answer = service.get(PATH);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("Content-Type")).isEqualTo("application/json");
    assertThat(answer.json()).isEqualTo(OpenApi.document());
  }

  @Test
  void servesItToWhoHasItAlreadyWithoutBody() {
    Answer first = service.get(PATH);

    Answer head = service.send("HEAD", PATH);
    Answer second = service.get(PATH, "If-None-Match", first.header("ETag"));

    assertThat(head.status()).isEqualTo(200);
    assertThat(head.header("ETag")).isEqualTo(first.header("ETag"));
    assertThat(second.status()).isEqualTo(304);
    assertThat(second.header("Cache-Control")).isEqualTo("max-age=300, public");
  }

  @Test
  void servesItAsJsonAlone() {
    assertThat(service.get(PATH, "Accept", "text/html").problem()).isEqualTo("not-acceptable");
    assertThat(service.send("POST", PATH).header("Allow")).contains("GET", "HEAD");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/images/12202888",
        "/images/12202888/events",
        "/images/12202888/0",
        "/images",
        PATH
      })
  void namesTheMethodsOfEachPath(String path) {
    Answer answer = service.send("OPTIONS", path);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("Allow").split(",")).contains("GET", "HEAD", "OPTIONS");
  }
}
