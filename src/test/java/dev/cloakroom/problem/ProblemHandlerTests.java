package dev.cloakroom.problem;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Vendor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every error of the service port is a problem, whichever part refuses the request. */
class ProblemHandlerTests extends ServiceTests {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/images/abc",
        "/images/12345678901234567890",
        "/images/-1",
        "/images/1.5",
        "/images/1e3",
        "/images/..",
        "/images/%2e%2e",
        "/images/1%20",
        "/images/1%0A",
        "/images/%EF%BC%91",
        "/images/%D9%A1%D9%A2",
        "/images/1%00",
        "/images/1%2F2",
        "/images/1%5C2",
        "/images/%zz",
        "/images/{1}",
        "/images//",
        "/images/1?a=%zz|"
      })
  void refusesMalformedRequestsWithoutCall(String path) {
    int before = vendor.calls();

    String answer = service.sendRaw(get(path));

    assertThat(answer)
        .startsWith("HTTP/1.1 400 ")
        .contains("\r\nContent-Type: application/problem+json\r\n")
        .contains("\"type\":\"urn:cloakroom:problem:invalid-request\"");
    assertSaysNothingOfTheInside(answer);
    assertThat(vendor.calls()).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/images/",
        "/images/1/",
        "/images/1/x",
        "/images/../x",
        "/error",
        "/favicon.ico",
        "/sandbox/state",
        "/sandbox/page.js",
        "/actuator"
      })
  void knowsNoOtherPath(String path) {
    int before = vendor.calls();

    String answer = service.sendRaw(get(path));

    assertThat(answer)
        .startsWith("HTTP/1.1 404 ")
        .contains("\r\nContent-Type: application/problem+json\r\n")
        .contains("\"type\":\"urn:cloakroom:problem:not-found\"");
    assertSaysNothingOfTheInside(answer);
    assertThat(vendor.calls()).isEqualTo(before);
  }

  @Test
  void takesDotsForAnIdThatIsNone() {
    int before = vendor.calls();

    String answer = service.sendRaw(get("/images/../1"));

    assertThat(answer)
        .startsWith("HTTP/1.1 400 ")
        .contains("urn:cloakroom:problem:invalid-request");
    assertThat(vendor.calls()).isEqualTo(before);
  }

  @Test
  void refusesPathOf8Kilobytes() {
    String answer = service.sendRaw(get("/images/" + "1".repeat(8192)));

    assertThat(answer)
        .startsWith("HTTP/1.1 400 ")
        .contains("urn:cloakroom:problem:invalid-request");
    assertSaysNothingOfTheInside(answer);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "garbage\r\n\r\n",
        "GET /images/1 HTTP/1.1\r\n\r\n",
        "GET /images/1 HTTP/3.0\r\nHost: a\r\n\r\n",
        "GET /images/1 HTTP/1.1\r\nHost: a b\r\n\r\n",
        "GET /images/1 HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        "GET /images/1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\n\r\n"
      })
  void refusesWhatIsNotHttpLikeEverythingElse(String request) {
    String answer = service.sendRaw(request);

    assertThat(answer)
        .startsWith("HTTP/1.1 400 ")
        .contains("\r\nContent-Type: application/problem+json\r\n")
        .contains("urn:cloakroom:problem:invalid-request");
    assertSaysNothingOfTheInside(answer);
  }

  @ParameterizedTest
  @CsvSource({"POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"})
  void namesTheAllowedMethods(String method) {
    Answer answer = service.send(method, "/images/1");

    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.problem()).isEqualTo("method-not-allowed");
    assertThat(answer.header("Allow")).contains("GET", "HEAD");
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/html", "image/png", "nonsense"})
  void refusesToAnswerInAnotherMediaType(String accept) {
    Answer answer = service.get("/images/1", "Accept", accept);

    assertThat(answer.status()).isEqualTo(406);
    assertThat(answer.problem()).isEqualTo("not-acceptable");
  }

  @ParameterizedTest
  @ValueSource(strings = {"*/*", "application/json", "application/*;q=0.1", "text/html, */*;q=0.8"})
  void answersBrowsersAndPrograms(String accept) {
    String id = newId();
    vendor.answers(id, Vendor.ready(id));

    Answer answer = service.get("/images/" + id, "Accept", accept);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("Content-Type")).isEqualTo("application/json");
  }

  @Test
  void givesHeadNoBodyEither() {
    String answer =
        service.sendRaw("HEAD /images/abc HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

    assertThat(answer).startsWith("HTTP/1.1 400 ").endsWith("\r\n\r\n");
  }

  private static String get(String path) {
    return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  }

  private static void assertSaysNothingOfTheInside(String answer) {
    assertThat(answer)
        .doesNotContainIgnoringCase("tomcat", "apache", "spring", "java", "exception", "<html");
  }
}
