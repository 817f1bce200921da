package dev.cloakroom.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Caller;
import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Vendor;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.test.context.TestPropertySource;

/** How many new images each client may have, where everybody may ask. */
@TestPropertySource(
    properties = {
      "cloakroom.access.new-images-per-minute=3",
      "cloakroom.lookup.trusted-proxies=1",
      "cloakroom.lookup.timeout=2s"
    })
class NewImagesTests extends ServiceTests {

  private static final String FORWARDED = "X-Forwarded-For";

  private static int lastClient;

  /** One that has used nothing yet. */
  private final String client = "10.0.1." + ++lastClient;

  private Answer get(String path, String... headers) {
    List<String> all = new ArrayList<>(List.of(FORWARDED, "1.2.3.4, " + client));
    all.addAll(List.of(headers));
    return service.get(path, all.toArray(String[]::new));
  }

  private static String ready() {
    String id = newId();
    vendor.answers(id, Vendor.ready(id));
    return id;
  }

  private void useUp() {
    for (int i = 0; i < 3; i++) {
      assertThat(get("/images/" + ready()).status()).isEqualTo(200);
    }
  }

  @Test
  void refusesWhatIsAboveTheLimitWithoutCallingTheVendor() {
    useUp();
    String id = ready();

    Answer refused = get("/images/" + id);

    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.problem()).isEqualTo("too-many-requests");
    assertThat(refused.header("RateLimit-Policy")).isEqualTo("\"new-images\";q=3;w=60");
    assertThat(refused.header("RateLimit")).matches("\"new-images\";r=0;t=(60|[1-5]?[0-9])");
    assertThat(Integer.parseInt(refused.header("Retry-After"))).isBetween(1, 60);
    assertThat(vendor.calls(id)).isEmpty();
  }

  @Test
  void affectsNoOtherClientEvenOfTheSameImage() {
    useUp();
    String id = ready();
    assertThat(get("/images/" + id).status()).isEqualTo(429);

    Answer other = service.get("/images/" + id, FORWARDED, client + "0");

    assertThat(other.status()).isEqualTo(200);
    assertThat(get("/images/" + id).status()).isEqualTo(200);
  }

  @Test
  void neverCountsWhatIsRemembered() {
    String known = ready();
    get("/images/" + known);
    time.advance(Duration.ofMinutes(1));

    useUp();

    for (int i = 0; i < 9; i++) {
      assertThat(get("/images/" + known).status()).isEqualTo(200);
      assertThat(get("/images/" + known, "Cache-Control", "no-cache").status()).isEqualTo(200);
    }
    assertThat(get("/images/" + ready(), "Cache-Control", "only-if-cached").problem())
        .isEqualTo("not-cached");
  }

  @Test
  void countsAnImageOnceHoweverItIsAskedFor() throws Exception {
    String job = newId();
    vendor.answers(job, "{\"status\":\"processing\",\"output\":[]}");
    List<Socket> callers = new ArrayList<>();
    for (String path : List.of("/images/" + job + "/events", "/images/" + job + "?wait=60")) {
      Socket caller = service.connect();
      Caller.ask(caller, path, FORWARDED, client);
      callers.add(caller);
    }
    Awaitility.await().until(() -> !vendor.calls(job).isEmpty());
    get("/images/" + job);
    String failing = newId();
    vendor.answers(failing, Vendor.json("{\"status\":\"nonsense").withStatus(500));
    get("/images/" + failing);
    get("/images/" + failing);

    assertThat(get("/images/" + ready()).status()).isEqualTo(200);
    assertThat(get("/images/" + ready()).status()).isEqualTo(429);

    for (Socket caller : callers) {
      caller.close();
    }
  }

  @Test
  void allowsAsManyAgainInTheNextMinute() {
    useUp();
    assertThat(get("/images/" + ready()).status()).isEqualTo(429);
    time.advance(Duration.ofSeconds(61));

    useUp();

    assertThat(get("/images/" + ready()).status()).isEqualTo(429);
  }

  @Test
  void keepsWaitingCallersUntilTheirTimeIsOver() {
    useUp();
    String id = ready();

    var answer = service.sendAsync("GET", "/images/" + id + "?wait=5", FORWARDED, client);
    letTimePassUntil(answer::isDone);

    assertThat(answer.join().problem()).isEqualTo("too-many-requests");
    assertThat(vendor.calls(id)).isEmpty();
  }

  @Test
  void givesWaitingCallersTheirImageInTheNextMinute() {
    useUp();
    String id = ready();
    time.advance(Duration.ofSeconds(30));

    var answer = service.sendAsync("GET", "/images/" + id + "?wait=60", FORWARDED, client);
    letTimePassUntil(answer::isDone);

    assertThat(answer.join().status()).isEqualTo(200);
  }

  @Test
  void fetchesForAnotherClientWhoWaitsForTheSameImage() {
    useUp();
    String id = ready();
    var refused = service.sendAsync("GET", "/images/" + id + "?wait=60", FORWARDED, client);

    var allowed = service.sendAsync("GET", "/images/" + id + "?wait=60", FORWARDED, client + "0");
    Duration waited = letTimePassUntil(allowed::isDone);

    assertThat(allowed.join().status()).isEqualTo(200);
    assertThat(waited).isLessThan(Duration.ofSeconds(20));
    assertThat(refused.join().status()).isEqualTo(200);
  }
}
