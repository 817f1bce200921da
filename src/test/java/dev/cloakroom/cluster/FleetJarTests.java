package dev.cloakroom.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cloakroom.testsupport.Caller;
import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.Jar;
import dev.cloakroom.testsupport.Vendor;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Replicas as processes of their own, one of which is killed. */
class FleetJarTests {

  private static final String ID = "12202888";

  private final Vendor vendor = new Vendor();
  private final List<Jar> jars = new ArrayList<>();

  @AfterEach
  void endProcesses() {
    jars.forEach(jar -> jar.process().destroyForcibly());
  }

  @Test
  void takesOverFromReplicaThatIsKilledDuringItsFetch() throws Exception {
    try (RedisServer redis = RedisServer.start()) {
      Jar poller = start(redis);
      Jar other = start(redis);
      vendor.answers(ID, Vendor.json(Vendor.ready(ID)).withFixedDelay(12_000));
      var _ = poller.service().sendAsync("GET", "/images/" + ID + "?wait=30");
      await().until(() -> vendor.calls(ID).size() == 1);
      Caller service = other.service();
      List<CompletableFuture<Answer>> readers =
          Stream.of("", "?wait=30", "/events")
              .map(way -> service.sendAsync("GET", "/images/" + ID + way))
              .toList();
      // They wait for the other's fetch, which takes longer than a lease lasts unless it is
      // extended.
      await().pollDelay(Duration.ofSeconds(5)).until(() -> true);
      int callsBefore = vendor.calls(ID).size();
      String metrics = clusterMetrics(poller) + clusterMetrics(other);
      vendor.answers(ID, Vendor.ready(ID));

      poller.process().destroyForcibly();

      await()
          .atMost(Duration.ofSeconds(5))
          .untilAsserted(() -> assertThat(vendor.calls(ID)).hasSize(2));
      assertThat(callsBefore).as(metrics).isEqualTo(1);
      assertThat(readers)
          .allSatisfy(
              reader -> {
                assertThat(reader.join().status()).isEqualTo(200);
                assertThat(reader.join().body()).contains("\"status\":\"success\"");
              });
    }
  }

  private static String clusterMetrics(Jar jar) {
    return jar.management()
        .get("/actuator/prometheus")
        .body()
        .lines()
        .filter(line -> line.startsWith("cloakroom_cluster"))
        .collect(Collectors.joining("\n", "\n", "\n"));
  }

  private Jar start(RedisServer redis) throws IOException {
    Jar jar =
        Jar.start(
            Jar.commandWithKey(
                vendor,
                "--cloakroom.cluster.enabled=true",
                // A busy machine is no reason to ask the vendor twice.
                "--cloakroom.cluster.command-timeout=5s",
                "--spring.data.redis.host=" + redis.host(),
                "--spring.data.redis.port=" + redis.port()));
    jars.add(jar);
    jar.awaitStart();
    await().until(() -> jar.management().metric("cloakroom_cluster_up") == 1);
    return jar;
  }
}
