package dev.cloakroom.upstream.modelslab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.cloakroom.image.ImageId;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.Canary;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Vendor;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpHeaders;

/** Every row of the vendor's tables, over HTTP. */
class UpstreamReplyTests extends ServiceTests {

  @ParameterizedTest
  @CsvSource({
    "01-success-fetch-minimal, 200, 200",
    "02-success-fetch-proxy-links-list, 200, 200",
    "04-success-generation-full, 200, 200",
    "01-success-fetch-minimal, 500, 200",
    "06-success-empty-output, 200, 202",
    "07-processing-fetch-message, 200, 202",
    "07-processing-fetch-message, 404, 202",
    "08-processing-fetch-messege-typo, 200, 202",
    "09-processing-submit-full, 200, 202",
    "11-failed-request-not-found, 200, 404",
    "11-failed-request-not-found, 404, 404",
    "12-failed-try-again, 200, 200",
    "12-failed-try-again, 500, 200",
    "13-error-invalid-key, 200, 503",
    "13-error-invalid-key, 401, 503",
    "13-error-invalid-key, 403, 503",
    "15-error-rate-limit-429, 200, 503",
    "15-error-rate-limit-429, 429, 503",
    "15-error-rate-limit-429, 503, 503",
    "16-error-credits, 200, 503",
    "16-error-credits, 402, 503"
  })
  void answersEachExampleUnderEachCode(String example, int code, int status) {
    String id = newId();
    vendor.answers(id, code, Vendor.example(example, id));

    Answer answer = service.get("/images/" + id);

    assertThat(answer.status()).isEqualTo(status);
    String problem = answer.problem();
    if (example.endsWith("invalid-key") || example.endsWith("credits")) {
      assertThat(problem).isEqualTo("upstream-credentials");
      assertThat(answer.header("Retry-After")).isEqualTo("5");
    } else if (example.contains("rate-limit")) {
      assertThat(problem).isEqualTo("upstream-throttled");
      assertThat(answer.header("Retry-After")).isEqualTo("30");
    } else if (status == 404) {
      assertThat(problem).isEqualTo("image-not-found");
    } else {
      assertThat(problem).isEmpty();
      assertThat(answer.json().path("id").asString()).isEqualTo(id);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"status\":\"success\",\"output\":[\"https://a.example/1\"],\"id\":42",
        "\"status\":\"success\",\"output\":[\"https://a.example/1\"],\"id\":\"42\"",
        "\"status\":\"success\",\"output\":[],\"id\":4.2",
        "\"status\":\"processing\",\"id\":42",
        "\"status\":\"warming up\",\"id\":42",
        "\"status\":\"failed\",\"message\":\"Failed, Try Again\",\"id\":42",
        "\"status\":\"failed\",\"message\":\"Request not found\",\"id\":42",
        "\"status\":\"error\",\"message\":\"Something went wrong\",\"id\":42",
        "\"status\":\"error\",\"message\":\"Invalid request\",\"id\":42",
        "\"message\":\"Rate limit\",\"id\":42"
      })
  void remembersNothingOfAnAnswerAboutAnotherImage(String fields) {
    String id = newId();
    vendor.answersInTurn(id, Vendor.json("{%s}".formatted(fields)), Vendor.json(Vendor.ready(id)));

    Answer another = service.get("/images/" + id);
    time.advance(Duration.ofSeconds(5));
    Answer own = service.get("/images/" + id);

    assertThat(another.status()).isEqualTo(502);
    assertThat(another.problem()).isEqualTo("upstream-invalid");
    assertThat(own.status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"%s", "\"%s\"", "\" %s \"", "\"\"", "null", "[]", "{}", "false"})
  void takesAnAnswerThatNamesNoOtherImage(String name) {
    String id = newId();
    vendor.answers(id, "{\"status\":\"processing\",\"id\":" + name.formatted(id) + "}");

    assertThat(service.get("/images/" + id).status()).isEqualTo(202);
  }

  @ParameterizedTest
  @CsvSource({"Rate limit, upstream-throttled", "Invalid Api Key, upstream-credentials"})
  void recognisesRejectedAccountWhicheverImageIsNamed(String message, String problem) {
    assertThat(answerTo("{\"status\":\"error\",\"message\":\"%s\",\"id\":42}".formatted(message)))
        .extracting(Answer::problem)
        .isEqualTo(problem);
  }

  @ParameterizedTest
  @ValueSource(strings = {"success", "SUCCESS", " Success ", "completed", "ready"})
  void takesEveryWordForFinished(String status) {
    assertThat(
            answerTo("{\"status\":\"%s\",\"output\":[\"https://a.example/1\"]}".formatted(status)))
        .extracting(Answer::status)
        .isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"processing", "Processing", "pending", "queued", "warming up"})
  void takesEveryOtherWordForUnfinished(String status) {
    assertThat(
            answerTo("{\"status\":\"%s\",\"output\":[\"https://a.example/1\"]}".formatted(status)))
        .extracting(Answer::status)
        .isEqualTo(202);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "[\"https://a.example/1\",\"https://a.example/2\"]~https://a.example/1,https://a.example/2",
        "\"https://a.example/1\"~https://a.example/1",
        "[{\"url\":\"https://a.example/1\",\"seed\":\"x\"}]~https://a.example/1",
        "{\"url\":\"https://a.example/1\"}~https://a.example/1",
        "{\"0\":\"https://a.example/1\"}~https://a.example/1",
        "[\" https:\\/\\/a.example\\/1 \"]~https://a.example/1",
        "[\"https://a.example/1\",\"http://a.example/2\",\"ftp://a/3\"]~https://a.example/1",
        "[\"https://a.example/1\",\"/2\",\"//a/3\",\"javascript:4\",\"\"]~https://a.example/1",
        "[\"https://a.example/1\",\"https://user:pass@a/2\",\"https:///3\"]~https://a.example/1",
        "[\"https://a.example/1\",\"https://\",\"https://a b.example/2\",5]~https://a.example/1",
        "[\"https://a.example/my image[1]|x.png\"]~https://a.example/my%20image%5B1%5D%7Cx.png",
        "[\"https://a.example/100%/%41/é\"]~https://a.example/100%25/%41/%C3%A9",
        "[\"https://my_bucket.s3.amazonaws.com/1?a=b&c#d\"]~https://my_bucket.s3.amazonaws.com/1?a=b&c#d",
        "[\"https://a.example:8443/1\"]~https://a.example:8443/1",
        "[\"https://a.example/1\",\"https://a.example/1\"]~https://a.example/1"
      })
  void passesOnAbsoluteHttpsUrlsOnly(String output, String urls) {
    Answer answer = answerTo("{\"status\":\"success\",\"output\":%s}".formatted(output));

    assertThat(answer.json().path("output").values())
        .extracting(node -> node.asString())
        .containsExactly(urls.split(","));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"\"\"", "[]", "null", "{}", "5", "[\"\"]", "[\"http://a.example/1\"]", "[[]]"})
  void doesNotTakeForFinishedWhatHasNoPicture(String output) {
    assertThat(answerTo("{\"status\":\"success\",\"output\":%s}".formatted(output)).status())
        .isEqualTo(202);
  }

  @ParameterizedTest
  @CsvSource({
    "5, 5",
    "0.25, 1",
    "416.94, 417",
    "'\"7\"', 7",
    "0,",
    "-3,",
    "null,",
    "'\"soon\"',",
    "1e300,",
    "[],",
    "86401,"
  })
  void readsEtaOfAnyType(String eta, Integer seconds) {
    Answer answer = answerTo("{\"status\":\"processing\",\"eta\":%s}".formatted(eta));

    assertThat(answer.status()).isEqualTo(202);
    if (seconds == null) {
      assertThat(answer.json().has("eta")).isFalse();
      assertThat(answer.header("Retry-After")).isEqualTo("1");
    } else {
      assertThat(answer.json().path("eta").asInt()).isEqualTo(seconds);
      assertThat(answer.header("Retry-After")).isEqualTo(seconds.toString());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"message\":\"No\"|No",
        "\"messege\":\"No\"|No",
        "\"message\":\"\",\"messege\":\"No\"|No",
        "\"message\":{\"prompt\":[\"Too long.\",\"No.\"]}|Too long. No.",
        "\"message\":\"a\\u0000b\\n\\r\\tc\\u202Ed\\ud800e\"|a b c d e",
        "\"message\":\"a\\u0085b\\u009Bc\\u2028d\\u200Fe\\u061C\"|a b c d e",
        "\"message\":null|The vendor gave no reason.",
        "\"tip\":\"Buy more\"|The vendor gave no reason."
      })
  void givesReasonAsPlainText(String fields, String message) {
    Answer answer = answerTo("{\"status\":\"failed\",%s}".formatted(fields));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json().path("message").asString()).isEqualTo(message);
  }

  @Test
  void cutsLongReasonBetweenCharacters() {
    Answer answer =
        answerTo("{\"status\":\"failed\",\"message\":\"%s\"}".formatted("😀".repeat(600)));

    assertThat(answer.json().path("message").asString()).isEqualTo("😀".repeat(500));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Invalid Api Key",
        "invalid api key: too many requests with it",
        "API key required",
        "Api Key is required.",
        "Insufficient credits. Please add more credits to continue.",
        "insufficient credits",
        "Insufficient wallet balance",
        "Your wallet is empty.",
        "No active subscription",
        "You don't have an active subscription",
        "Your subscription has expired, please renew",
        "Subscription plan has been cancelled"
      })
  void takesErrorOfOurAccountForCredentials(String message) {
    Answer answer =
        answerTo("{\"status\":\"error\",\"message\":\"%s\"}".formatted(message.strip()));

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.problem()).isEqualTo("upstream-credentials");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"message\":{\"key\":[\"The key field is required.\"]}",
        "\"messege\":{\"id\":[\"No.\"],\"key\":\"No.\"}"
      })
  void findsTheAccountsErrorWhereverItIsSaid(String fields) {
    assertThat(answerTo("{\"status\":\"error\",%s}".formatted(fields)).problem())
        .isEqualTo("upstream-credentials");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"message\":\"Something went wrong\"",
        "\"message\":\"Server error\",\"tip\":\"Subscribe and get credits with your API key\"",
        "\"message\":\"Internal error\",\"tips\":\"Subscribe to the enterprise plan\"",
        "\"message\":\"The specified key does not exist.\"",
        "\"message\":\"Error: Invalid Api Key\"",
        "\"message\":\"Invalid api_key\"",
        "\"message\":\"Your API key has expired\"",
        "\"message\":\"Unauthorized\"",
        "\"message\":\"Invalid request\"",
        "\"message\":\"Invalid API Request: no such id\"",
        "\"message\":\"This feature requires a premium subscription\"",
        "\"message\":\"You have run out of credits\"",
        "\"message\":\"Please subscribe to a plan\"",
        "\"message\":\"The subscription of this image has expired\"",
        "\"message\":{\"id\":[\"The key is invalid.\"]}",
        "\"message\":\"Error\",\"tips\":\"Your API key is invalid\"",
        "\"message\":\"Load balancer error, try again\"",
        "\"message\":\"white_balance must be a number\"",
        "\"message\":\"foreign key constraint: column is not null\"",
        "\"message\":\"generate limits apply\"",
        "\"message\":\"\"",
        "\"output\":[\"https://a.example/1\"]"
      })
  void takesAnyOtherErrorForFailureOfTheVendor(String fields) {
    Answer answer = answerTo("{\"status\":\"error\",%s}".formatted(fields));

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.problem()).isEqualTo("upstream-unavailable");
    assertThat(answer.header("Retry-After")).isEqualTo("5");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"status\":\"error\",\"message\":\"Too Many Attempts.\"",
        "\"status\":\"error\",\"message\":\"Maximum 5 concurrent requests\"",
        "\"status\":\"error\",\"message\":\"You have reached your limit of requests.\"",
        "\"status\":\"error\",\"message\":\"Quota exceeded\"",
        "\"status\":\"error\",\"message\":\"Your monthly limit exceeded, please subscribe\"",
        "\"status\":\"error\",\"message\":\"Slow down\",\"retry_after\":9",
        "\"message\":\"Rate limit exceeded\"",
        "\"retry_after\":9"
      })
  void takesEveryWordForThrottling(String fields) {
    assertThat(answerTo("{%s}".formatted(fields)).problem()).isEqualTo("upstream-throttled");
  }

  @ParameterizedTest
  @CsvSource({
    "unauthorized, 401, upstream-unavailable",
    "out of credit, 402, upstream-credentials",
    "blocked, 403, upstream-unavailable",
    "slow, 429, upstream-throttled",
    "failed, 429, upstream-throttled",
    "broken, 503, upstream-unavailable"
  })
  void takesRejectedAccountForNoState(String status, int code, String problem) {
    String id = newId();
    vendor.answers(id, code, "{\"status\":\"%s\",\"message\":\"no\"}".formatted(status));

    assertThat(service.get("/images/" + id).problem()).isEqualTo(problem);
  }

  @ParameterizedTest
  @CsvSource({
    "401, upstream-unavailable",
    "403, upstream-unavailable",
    "429, upstream-throttled",
    "500, upstream-unavailable",
    "502, upstream-unavailable",
    "503, upstream-unavailable",
    "200, upstream-invalid",
    "404, upstream-invalid",
    "301, upstream-invalid"
  })
  void goesByTheCodeWhereTheBodyHasNoStatus(int code, String problem) {
    for (String body : new String[] {"", "{}", "{\"status\":null}", "<html>", "[]", "\"ok\""}) {
      String id = newId();
      vendor.answers(id, code, body);
      time.advance(Duration.ofDays(1));

      Answer answer = service.get("/images/" + id);

      assertThat(answer.problem()).as(body).isEqualTo(problem);
      assertThat(answer.header("Retry-After")).as(body).isNotEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|upstream-credentials",
        "{\"status\":\"error\",\"message\":\"No\"}|upstream-credentials",
        "{\"status\":\"error\",\"message\":\"Invalid request\"}|upstream-credentials",
        "<html>|upstream-unavailable",
        "[]|upstream-unavailable",
        "''|upstream-unavailable"
      })
  void takesPaymentRequiredForOurAccountsMatterInJsonOnly(String body, String problem) {
    String id = newId();
    vendor.answers(id, 402, body);

    assertThat(service.get("/images/" + id).problem()).isEqualTo(problem);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"retry_after\":12|7|12",
        "\"retry_after\":\"12\"||12",
        "\"retry_after\":1.5||2",
        "\"retry_after\":0|7|7",
        "\"retry_after\":-1||30",
        "\"retry_after\":\"later\"|7|7",
        "\"x\":1|Thu, 01 Jan 2026 00:00:09 GMT|9",
        "\"x\":1|nonsense|30",
        "\"message\":\"Rate limit: wait 45 seconds.\"||45",
        "\"message\":\"5 requests per 10 seconds, retry in 45.2s\"||46",
        "\"message\":\"Try again in 2 minutes\"||120",
        "\"x\":1||30",
        "\"retry_after\":86000||3600",
        "\"retry_after\":1e99||3600"
      })
  void waitsAsLongAsTheVendorSaysAnywhere(String field, String header, String seconds) {
    String id = newId();
    var response = Vendor.json("{\"status\":\"error\",%s}".formatted(field)).withStatus(429);
    if (header != null) {
      response
          .withHeader("Retry-After", header)
          .withHeader("Date", "Thu, 01 Jan 2026 00:00:00 GMT");
    }
    vendor.answers(id, response);

    Answer answer = service.get("/images/" + id);

    assertThat(answer.problem()).isEqualTo("upstream-throttled");
    assertThat(answer.header("Retry-After")).isEqualTo(seconds);
  }

  @Test
  void leavesOutTheKeyWhereTheVendorEchoesIt() {
    Answer failed =
        answerTo("{\"status\":\"failed\",\"message\":\"no, %s\"}".formatted(Canary.KEY));
    Answer ready =
        answerTo(
            "{\"status\":\"success\",\"output\":[\"https://a.example/?k=%s\",\"https://a.example/1\"]}"
                .formatted(Canary.KEY));
    Answer error =
        answerTo("{\"status\":\"error\",\"message\":\"Invalid key %s\"}".formatted(Canary.KEY));

    assertThat(failed.json().path("message").asString()).contains("withheld");
    assertThat(ready.json().path("output").values())
        .extracting(node -> node.asString())
        .containsExactly("https://a.example/1");
    assertThat(error.problem()).isEqualTo("upstream-unavailable");
  }

  @Test
  void ignoresRetryDateWhereTheVendorSendsNoDate() {
    var headers = new HttpHeaders();
    headers.set("Retry-After", "Thu, 01 Jan 2099 00:00:09 GMT");
    var reply = new UpstreamReply(429, headers, new byte[0], "1", _ -> false);

    assertThatExceptionOfType(ProblemException.class)
        .isThrownBy(() -> reply.image(new ImageId("1")))
        .satisfies(e -> assertThat(e.retryAfter()).isEqualTo(Duration.ofSeconds(30)));
  }

  private Answer answerTo(String body) {
    String id = newId();
    vendor.answers(id, body);
    return service.get("/images/" + id);
  }
}
