package dev.cloakroom.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Vendor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.eclipse.jetty.server.handler.StatisticsHandler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;

/** The short cut and the controller answer alike, to the byte. */
class PlainRequestHandlerTests extends ServiceTests {

  /** Takes a request past the short cut, and changes nothing else. */
  private static final String LONG_WAY = "?long-way";

  private static final String[] SAME_ID = {"X-Request-Id", "same"};

  @Autowired private HitHandler hitHandler;

  static Stream<Arguments> requests() {
    List<Arguments> all = new ArrayList<>();
    List<String> examples =
        List.of(
            "01-success-fetch-minimal",
            "04-success-generation-full",
            "07-processing-fetch-message",
            "09-processing-submit-full",
            "11-failed-request-not-found",
            "12-failed-try-again");
    List<List<String>> headers =
        List.of(
            List.of(),
            List.of("Accept", "*/*"),
            List.of("Accept", "application/json"),
            List.of("Accept", "application/json, text/plain, */*"),
            List.of("If-None-Match", "*"),
            List.of("If-None-Match", "ETAG"),
            List.of("If-None-Match", "W/ETAG"),
            List.of("If-None-Match", "\"a\", ETAG, \"b\""),
            List.of("If-None-Match", "\"a\"", "If-None-Match", "ETAG"),
            List.of("If-None-Match", "\"a\", \"b\""),
            List.of("If-None-Match", "nonsense"));
    for (String example : examples) {
      for (String method : List.of("GET", "HEAD")) {
        headers.forEach(pairs -> all.add(Arguments.of(example, method, pairs)));
      }
    }
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("requests")
  void answersLikeTheController(String example, String method, List<String> headers) {
    String id = newId();
    vendor.answers(id, Vendor.example(example, id));
    String etag = service.get("/images/" + id).header("ETag");
    time.advance(Duration.ofMillis(700));
    String[] sent =
        Stream.concat(headers.stream(), Stream.of(SAME_ID))
            .map(header -> header.replace("ETAG", etag))
            .toArray(String[]::new);

    Answer shortCut = service.send(method, "/images/" + id, sent);
    Answer longWay = service.send(method, "/images/" + id + LONG_WAY, sent);

    assertThat(shortCut.status()).isEqualTo(longWay.status());
    assertThat(shortCut.body()).isEqualTo(longWay.body());
    assertThat(withoutDate(shortCut)).isEqualTo(withoutDate(longWay));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "01-success-fetch-minimal",
        "07-processing-fetch-message",
        "11-failed-request-not-found",
        "12-failed-try-again"
      })
  void answersMissesLikeTheController(String example) {
    for (String method : List.of("GET", "HEAD")) {
      String id = newId();
      String other = newId();
      vendor.answers(id, Vendor.example(example, id));
      vendor.answers(other, Vendor.example(example, other));

      Answer shortCut = service.send(method, "/images/" + id, SAME_ID);
      Answer longWay = service.send(method, "/images/" + other + LONG_WAY, SAME_ID);

      assertThat(shortCut.status()).isEqualTo(longWay.status());
      assertThat(shortCut.body()).isEqualTo(longWay.body().replace(other, id));
      assertThat(shortCut.headers().map().keySet()).isEqualTo(longWay.headers().map().keySet());
      assertThat(shortCut.header("Cache-Status")).isEqualTo(longWay.header("Cache-Status"));
      assertThat(shortCut.header("Cache-Control")).isEqualTo(longWay.header("Cache-Control"));
      assertThat(shortCut.header("Content-Length")).isEqualTo(longWay.header("Content-Length"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD"})
  void answersAndCountsProblemsOfMissesLikeTheController(String method) {
    String id = newId();
    String other = newId();
    vendor.answers(id, "{}");
    vendor.answers(other, "{}");
    Map<String, Double> before = requestCounts();

    Answer shortCut = service.send(method, "/images/" + id, SAME_ID);
    Answer longWay = service.send(method, "/images/" + other + LONG_WAY, SAME_ID);

    assertThat(shortCut.status()).isEqualTo(502);
    assertThat(shortCut.body()).isEqualTo(longWay.body().replace(other, id));
    assertThat(withoutDate(shortCut)).isEqualTo(withoutDate(longWay));
    String series = method + " 502";
    assertThat(requestCounts().get(series) - before.getOrDefault(series, 0.0)).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "01-success-fetch-minimal | GET  |          |                                   | true",
        "01-success-fetch-minimal | HEAD |          |                                   | true",
        "12-failed-try-again      | GET  |          |                                   | true",
        "01-success-fetch-minimal | GET  | Accept   | application/json, text/plain, */* | true",
        "01-success-fetch-minimal | GET  | If-None-Match | *                            | true",
        "07-processing-fetch-message | GET |        |                                   | true",
        "11-failed-request-not-found | GET |        |                                   | true",
        "01-success-fetch-minimal | POST |          |                                   | false",
        "01-success-fetch-minimal | GET  | Accept   | text/html                         | false",
        "01-success-fetch-minimal | GET  | Accept   | application/json;q=0              | false",
        "01-success-fetch-minimal | GET  | Cache-Control | no-cache                     | false"
      })
  void takesTheShortCutForPlainRequests(
      String example, String method, String header, String value, boolean isTaken) {
    String id = newId();
    vendor.answers(id, Vendor.example(example, id));
    service.get("/images/" + id);
    String[] headers = header == null ? new String[0] : new String[] {header, value};
    int before = delegated();

    service.send(method, "/images/" + id, headers);

    assertThat(delegated() - before).isEqualTo(isTaken ? 0 : 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ETAG", "W/ETAG", "*", "\"a\",ETAG"})
  void answersNotModifiedToCallerThatHasTheImage(String validators) {
    String id = newId();
    vendor.answers(id, Vendor.ready(id));
    Answer first = service.get("/images/" + id);

    Answer answer =
        service.get(
            "/images/" + id, "If-None-Match", validators.replace("ETAG", first.header("ETag")));

    assertThat(answer.status()).isEqualTo(304);
    assertThat(answer.body()).isEmpty();
    assertThat(answer.header("ETag")).isEqualTo(first.header("ETag")).matches("\"[\\w-]{16}\"");
    assertThat(answer.header("Cache-Control")).isEqualTo("private, max-age=21600");
    assertThat(answer.header("Vary")).isEqualTo("Accept, Prefer");
    assertThat(answer.header("Content-Type")).isEmpty();
  }

  @Test
  void countsLikeTheController() {
    String id = newId();
    vendor.answers(id, Vendor.ready(id));
    service.get("/images/" + id);
    Map<String, Double> before = requestCounts();

    for (String method : List.of("GET", "HEAD")) {
      String etag = service.send(method, "/images/" + id).header("ETag");
      service.send(method, "/images/" + id + LONG_WAY);
      service.send(method, "/images/" + id, "If-None-Match", etag);
      service.send(method, "/images/" + id + LONG_WAY, "If-None-Match", etag);
    }

    Map<String, Double> after = requestCounts();
    for (String method : List.of("GET", "HEAD")) {
      for (String status : List.of("200", "304")) {
        String series = method + " " + status;
        assertThat(after.get(series) - before.getOrDefault(series, 0.0)).as(series).isEqualTo(2);
      }
    }
  }

  /** The requests so far that came to the servlets. */
  private int delegated() {
    return hitHandler.getDescendant(StatisticsHandler.class).getRequestTotal();
  }

  /** Counts of requests for images by method and status; two series for one would be a fault. */
  private Map<String, Double> requestCounts() {
    var counts = new HashMap<String, Double>();
    Matcher series =
        Pattern.compile(
                "http_server_requests_seconds_count\\{error=\"none\",exception=\"none\","
                    + "method=\"(\\w+)\",outcome=\"\\w+\",status=\"(\\d+)\","
                    + "uri=\"/images/\\{id}\"} (\\S+)")
            .matcher(management.get("/actuator/prometheus").body());
    while (series.find()) {
      Double earlier =
          counts.put(series.group(1) + " " + series.group(2), Double.valueOf(series.group(3)));
      assertThat(earlier).isNull();
    }
    return counts;
  }

  private static Map<String, List<String>> withoutDate(Answer answer) {
    var headers = new HashMap<>(answer.headers().map());
    headers.remove("date");
    headers.remove("connection");
    return headers;
  }
}
