package dev.cloakroom.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Caller;
import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.Canary;
import dev.cloakroom.testsupport.MountedSecret;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Vendor;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;

/** What browsers let pages of other origins read. */
@TestPropertySource(
    properties = "cloakroom.access.origins=https://shop.example.com,http://localhost:3000")
class OriginsTests extends ServiceTests {

  private static final MountedSecret files =
      new MountedSecret(Map.of("shop", Canary.CALLER_SECRET));

  private static final String SHOP = "https://shop.example.com";

  @DynamicPropertySource
  static void callers(DynamicPropertyRegistry properties) {
    properties.add("cloakroom.access.caller-directory", () -> files.directory().toString());
  }

  @Override
  protected String[] credentials() {
    return new String[] {"Authorization", "Bearer " + Canary.CALLER_SECRET};
  }

  @ParameterizedTest
  @ValueSource(strings = {SHOP, "http://localhost:3000"})
  void answersPreflightsWithoutSecret(String origin) {
    String id = newId();

    Answer preflight = preflight(id, origin);

    assertThat(preflight.status()).isEqualTo(200);
    assertThat(preflight.header("Access-Control-Allow-Origin")).isEqualTo(origin);
    assertThat(preflight.header("Access-Control-Allow-Headers"))
        .contains("Authorization", "Prefer", "If-None-Match", "Last-Event-ID", "X-Request-Id");
    assertThat(preflight.header("X-Request-Id")).isNotEmpty();
    assertThat(preflight.header("Access-Control-Allow-Methods")).contains("GET", "HEAD");
    assertThat(preflight.headers().map()).doesNotContainKey("access-control-allow-credentials");
    assertThat(vendor.calls(id)).isEmpty();
  }

  private Answer preflight(String id, String origin) {
    return new Caller(port)
        .send(
            "OPTIONS",
            "/images/" + id,
            "Origin",
            origin,
            "Access-Control-Request-Method",
            "GET",
            "Access-Control-Request-Headers",
            "authorization,prefer");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://shop.example.com.evil.example",
        "https://evil-shop.example.com",
        "http://shop.example.com",
        "https://shopxexample.com",
        "null"
      })
  void letsNoOtherOriginRead(String origin) {
    String id = newId();
    vendor.answers(id, Vendor.ready(id));

    for (Answer answer :
        new Answer[] {
          preflight(id, origin),
          service.get("/images/" + id, "Origin", origin),
          service.get("/images/" + id, "Origin", origin)
        }) {
      assertThat(answer.headers().map()).doesNotContainKey("access-control-allow-origin");
      assertThat(answer.headers().allValues("Vary")).contains("Origin");
    }
  }

  @Test
  void letsListedOriginsReadMissesHitsAndProblems() {
    String id = newId();
    vendor.answers(id, Vendor.ready(id));
    String missing = newId();
    vendor.answers(missing, Vendor.example("11-failed-request-not-found"));

    for (Answer answer :
        new Answer[] {
          service.get("/images/" + id, "Origin", SHOP),
          service.get("/images/" + id, "Origin", SHOP),
          service.get("/images/" + id + "?wait=1", "Origin", SHOP),
          service.get("/images/" + id + "/events", "Origin", SHOP),
          service.get("/images/" + missing, "Origin", SHOP),
          service.get("/images/0", "Origin", SHOP),
          service.get("/nothing", "Origin", SHOP),
          service.send("POST", "/images/" + id, "Origin", SHOP),
          new Caller(port).get("/images/" + id, "Origin", SHOP),
          new Caller(port).get("/images/" + id + "?signature=x", "Origin", SHOP)
        }) {
      assertThat(answer.headers().allValues("Access-Control-Allow-Origin")).containsExactly(SHOP);
      assertThat(answer.header("Access-Control-Expose-Headers"))
          .contains("ETag", "Retry-After", "Cache-Status", "X-Request-Id", "RateLimit");
      assertThat(answer.headers().allValues("Vary")).contains("Origin");
    }
  }

  @Test
  void keepsTheVaryOfAnswers() {
    String id = newId();
    vendor.answers(id, Vendor.ready(id));

    for (int i = 0; i < 2; i++) {
      assertThat(service.get("/images/" + id).headers().allValues("Vary"))
          .containsExactlyInAnyOrder("Origin", "Accept, Prefer");
    }
  }
}
