package dev.cloakroom;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Vendor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What operators see at the management port, and nobody at the other. */
class ManagementTests extends ServiceTests {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "beans",
        "configprops",
        "conditions",
        "env",
        "heapdump",
        "httpexchanges",
        "loggers",
        "mappings",
        "threaddump"
      })
  void exposesNothingThatCouldHoldTheKey(String endpoint) {
    Answer answer = management.get("/actuator/" + endpoint);

    assertThat(answer.status()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/health", "/health/readiness", "/info", "/prometheus", "/caches"})
  void keepsTheManagementPortToItself(String path) {
    Answer answer = service.get("/actuator" + path);

    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.problem()).isEqualTo("not-found");
  }

  @Test
  void staysReadyAndAliveWhenTheVendorRefusesTheKey() {
    String id = newId();
    vendor.answers(id, Vendor.example("13-error-invalid-key"));
    service.get("/images/" + id);

    Answer health = management.get("/actuator/health");
    Answer readiness = management.get("/actuator/health/readiness");
    Answer liveness = management.get("/actuator/health/liveness");

    assertThat(health.status()).isEqualTo(503);
    assertThat(health.json().at("/components/upstream/status").asString()).isEqualTo("DOWN");
    assertThat(health.json().at("/components/upstream/details/problem").asString())
        .isEqualTo("upstream-credentials");
    assertThat(health.json().at("/components/upstream/details/action").asString())
        .matches(
            "Key `1` rejected since [0-9:]{5} UTC on 20.*: replace it, or top up its account.");
    assertThat(readiness.body()).isEqualTo("{\"status\":\"UP\"}");
    assertThat(liveness.body()).isEqualTo("{\"status\":\"UP\"}");
  }

  @Test
  void showsTheVendorUpAgainAfterAnAnswer() {
    String id = newId();
    vendor.answers(id, Vendor.ready(id));
    service.get("/images/" + id);

    Answer health = management.get("/actuator/health");

    assertThat(health.status()).isEqualTo(200);
    assertThat(health.json().at("/components/upstream/status").asString()).isEqualTo("UP");
  }

  @Test
  void showsVersionAndCommit() {
    Answer info = management.get("/actuator/info");

    assertThat(info.json().at("/build/version").asString()).isNotEmpty();
    assertThat(info.json().at("/git/commit/id").asString()).matches("[0-9a-f]{7,40}");
  }

  @Test
  void countsRequestsCallsImagesProblemsAndTheCache() {
    String id = newId();
    vendor.answers(id, Vendor.ready(id));
    service.get("/images/" + id);
    service.get("/images/abc");

    String metrics = management.get("/actuator/prometheus").body();

    assertThat(metrics)
        .containsPattern("http_server_requests_seconds_count\\{.*uri=\"/images/\\{id}\"")
        .containsPattern("cloakroom_upstream_calls\\{state=\"in-flight\"} [0-9]")
        .containsPattern(
            "http_client_requests_seconds_count\\{.*uri=\"/api/v6/image_editing/fetch/\\{id}\"")
        .containsPattern("cloakroom_images_total\\{state=\"ready\"}")
        .containsPattern("cloakroom_cache_requests_total\\{result=\"miss\"}")
        .containsPattern("cloakroom_cache_bytes [1-9]")
        .containsPattern("cloakroom_problems_total\\{type=\"invalid-request\"}")
        .containsPattern("cache_gets_total\\{cache=\"images\",.*result=\"hit\"}")
        .doesNotContain(id);
  }

  @Test
  void showsAndPurgesOneImage() {
    String id = newId();
    vendor.answers(id, Vendor.ready(id));
    service.get("/images/" + id);
    time.advance(java.time.Duration.ofHours(1));

    Answer shown = management.get("/actuator/images/" + id);
    Answer purged = management.send("DELETE", "/actuator/images/" + id);
    Answer gone = management.get("/actuator/images/" + id);

    assertThat(shown.body())
        .isEqualTo(
            "{\"state\":\"ready\",\"age\":3600,\"freshness\":21600,"
                + "\"timeToLive\":18000,\"nextFetch\":18000}");
    assertThat(purged.status()).isEqualTo(204);
    assertThat(gone.status()).isEqualTo(404);
    assertThat(management.get("/actuator/images/..%20").status()).isEqualTo(404);
  }

  @Test
  void purgesTheCache() {
    String id = newId();
    vendor.answers(id, Vendor.ready(id));
    service.get("/images/" + id);

    Answer purged = management.send("DELETE", "/actuator/caches/images");
    service.get("/images/" + id);

    assertThat(purged.status()).isEqualTo(204);
    assertThat(vendor.calls(id)).hasSize(2);
  }
}
