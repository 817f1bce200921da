package dev.cloakroom.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Caller;
import dev.cloakroom.testsupport.Canary;
import dev.cloakroom.testsupport.MountedSecret;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Signatures;
import dev.cloakroom.testsupport.Vendor;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;

/** Callers of one address are clients of their own: their places, and their new images. */
@TestPropertySource(
    properties = {
      "cloakroom.lookup.max-waiters-per-client=2",
      "cloakroom.access.new-images-per-minute=5"
    })
class WaitersByCallerTests extends ServiceTests {

  private static final MountedSecret files = new MountedSecret(AccessTests.SECRETS);
  private static final String STUDIO = "Bearer " + Canary.OTHER_CALLER_SECRET;

  @DynamicPropertySource
  static void callers(DynamicPropertyRegistry properties) {
    properties.add("cloakroom.access.caller-directory", () -> files.directory().toString());
  }

  @Override
  protected String[] credentials() {
    return new String[] {"Authorization", "Bearer " + Canary.CALLER_SECRET};
  }

  @Test
  void countsPlacesByCallerHoweverItIsKnown() throws Exception {
    String job = newId();
    vendor.answers(job, "{\"status\":\"processing\",\"output\":[]}");
    service.get("/images/" + job);
    String link =
        Signatures.query(
            "shop", Canary.SECOND_CALLER_SECRET, job, time.instant().plus(Duration.ofHours(1)));
    List<Socket> waiting = new ArrayList<>();
    waiting.add(open("/images/" + job + "/events?" + link));
    waiting.add(open("/images/" + job + "?wait=60", credentials()));
    Awaitility.await()
        .until(
            () ->
                management.metric("cloakroom_waiters") + management.metric("cloakroom_streams")
                    == 2);

    var refused = service.get("/images/" + job + "?wait=60");
    var other =
        new Caller(port).get("/images/" + job + "?wait=1&" + link.replace("shop", "nobody"));
    waiting.add(open("/images/" + job + "?wait=60", "Authorization", STUDIO));

    assertThat(refused.problem()).isEqualTo("too-many-requests");
    assertThat(other.problem()).isEqualTo("forbidden");
    Awaitility.await().until(() -> management.metric("cloakroom_waiters") == 2);
    for (Socket socket : waiting) {
      socket.close();
    }
  }

  private Socket open(String path, String... headers) {
    Socket socket = service.connect();
    Caller.ask(socket, path, headers);
    return socket;
  }

  @Test
  void countsNewImagesByCaller() {
    time.advance(Duration.ofMinutes(2));
    List<Integer> statuses = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      String id = newId();
      vendor.answers(id, Vendor.ready(id));
      statuses.add(service.get("/images/" + id).status());
    }
    String id = newId();
    vendor.answers(id, Vendor.ready(id));

    var other = new Caller(port).get("/images/" + id, "Authorization", STUDIO);

    assertThat(statuses).containsExactly(200, 200, 200, 200, 200, 429);
    assertThat(other.status()).isEqualTo(200);
  }
}
