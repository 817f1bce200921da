package dev.cloakroom.upstream.modelslab;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.cluster.SharedCooldowns;
import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.testsupport.FakeTime;
import dev.cloakroom.upstream.key.ApiKey;
import dev.cloakroom.upstream.key.KeyPool;
import dev.cloakroom.upstream.key.NamedKey;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.CharRange;
import org.springframework.http.HttpHeaders;
import tools.jackson.databind.json.JsonMapper;

/** Whatever the vendor sends, the outcome is a state or a named problem. */
class UpstreamReplyFuzzTests {

  private static final ImageId ID = new ImageId("42");
  private static final String SECRET = "s3cr3t-k3y";
  private static final KeyPool KEYS =
      new KeyPool(
          List.of(new NamedKey("1", new ApiKey(SECRET))),
          Duration.ofMinutes(1),
          new FakeTime(),
          new FakeTime(),
          SharedCooldowns.alone());

  @Property(tries = 3000)
  void makesStateOrProblemOfAnyFields(
      @ForAll("replies") Map<String, Object> fields, @ForAll("codes") int code) {
    check(code, JsonMapper.shared().writeValueAsBytes(fields));
  }

  @Property(tries = 1000)
  void makesStateOrProblemOfAnyText(@ForAll String text, @ForAll("codes") int code) {
    check(code, text.getBytes(UTF_8));
  }

  @Property(tries = 1000)
  void makesStateOrProblemOfAnyBytes(@ForAll byte[] bytes, @ForAll("codes") int code) {
    check(code, bytes);
  }

  /**
   * Printable text takes a shorter way than what needs changes; spaces around it change nothing.
   */
  @Property
  void showsPrintableTextAsAnyOther(@ForAll @CharRange(from = ' ', to = '~') String text) {
    assertThat(ReplyBody.plainText(text)).isEqualTo(ReplyBody.plainText("\t" + text + "\n"));
  }

  private static void check(int code, byte[] body) {
    var reply = new UpstreamReply(code, new HttpHeaders(), body, "1", KEYS::isKeyIn);
    try {
      Image image = reply.image(ID);

      assertThat(image.id()).isEqualTo(ID);
      assertThat(JsonMapper.shared().writeValueAsString(image)).doesNotContain(SECRET);
      if (image instanceof Image.Ready ready) {
        assertThat(ready.output())
            .isNotEmpty()
            .allSatisfy(url -> assertThat(url.getScheme()).isEqualToIgnoringCase("https"));
      }
    } catch (ProblemException problem) {
      assertThat(problem.problem().id()).startsWith("upstream-");
      assertThat(problem.retryAfter()).isPositive();
      assertThat(problem.getCause()).message().doesNotContain(SECRET);
    }
  }

  @Provide
  Arbitrary<Integer> codes() {
    return Arbitraries.of(200, 201, 302, 400, 401, 402, 403, 404, 429, 500, 502, 503, 599);
  }

  @Provide
  Arbitrary<Map<String, Object>> replies() {
    Arbitrary<String> names =
        Arbitraries.of(
            "status", "output", "message", "messege", "tips", "eta", "retry_after", "id", "url");
    return Arbitraries.maps(names, values(3)).ofMaxSize(6);
  }

  private static Arbitrary<Object> values(int depth) {
    Arbitrary<Object> scalars =
        Arbitraries.oneOf(
            Arbitraries.of(
                    "success",
                    "ready",
                    "failed",
                    "error",
                    "processing",
                    "huh",
                    "",
                    "Request not found",
                    "Rate limit exceeded, wait 9 seconds",
                    "Invalid key " + SECRET,
                    "https://a.example/" + SECRET,
                    "https://a.example/1.png",
                    "http://a/",
                    "https://")
                .map(text -> text),
            Arbitraries.strings().ofMaxLength(40).map(text -> text),
            Arbitraries.integers().map(number -> number),
            Arbitraries.doubles().map(number -> number),
            Arbitraries.of(true, false).map(bool -> bool));
    if (depth == 0) {
      return scalars;
    }
    return Arbitraries.oneOf(
        scalars,
        Arbitraries.lazy(() -> values(depth - 1).list().ofMaxSize(3)).map(list -> list),
        Arbitraries.lazy(
                () ->
                    Arbitraries.maps(Arbitraries.of("url", "0", "key", "status"), values(depth - 1))
                        .ofMaxSize(3))
            .map(map -> map));
  }
}
