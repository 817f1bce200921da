package dev.cloakroom.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.image.ImageSnapshot;
import dev.cloakroom.problem.Problem;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterMessageTests {

  private static final ImageId ID = new ImageId("42");
  private static final long NOW = 1_790_000_000_000L;

  static Stream<ClusterMessage> allKinds() {
    return Stream.of(
        seen(new Image.Ready(ID, List.of(URI.create("https://cdn.example/42-0.png")))),
        seen(new Image.Processing(ID, null)),
        seen(new Image.Processing(ID, Duration.ofMillis(4_250))),
        seen(new Image.Failed(ID, "Failed, Try Again")),
        seen(new Image.Missing(ID)),
        new ClusterMessage.Failed(ID, Problem.UPSTREAM_TIMEOUT, Duration.ofSeconds(5)),
        new ClusterMessage.Released(ID),
        new ClusterMessage.Forgotten(ID),
        new ClusterMessage.Held(
            new Cooldown("key:ab12", Problem.UPSTREAM_THROTTLED, Duration.ofSeconds(30))),
        new ClusterMessage.Held(new Cooldown("breaker", null, Duration.ZERO)),
        new ClusterMessage.Beat());
  }

  private static ClusterMessage seen(Image image) {
    return new ClusterMessage.Seen(
        new ImageSnapshot(
            image,
            Duration.ofSeconds(3),
            new ImageSnapshot.History(Duration.ofSeconds(20), Duration.ofSeconds(4), 9)));
  }

  @ParameterizedTest
  @MethodSource("allKinds")
  void arriveAsTheyWereSent(ClusterMessage news) {
    String sent = NOW - 3_000 + " " + news.from("me");

    assertThat(ClusterMessage.read(sent, NOW))
        .isEqualTo(new ClusterMessage.Message("me", news, NOW - 3_000));
  }

  @Test
  void areNeverFromTheFuture() {
    String sent = NOW + 1_000 + " " + new ClusterMessage.Seen(sighting()).from("me");

    ClusterMessage.Seen read = (ClusterMessage.Seen) ClusterMessage.read(sent, NOW).news();

    assertThat(read.sighting().age()).isZero();
  }

  private static ImageSnapshot sighting() {
    return ((ClusterMessage.Seen) seen(new Image.Missing(ID))).sighting();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "?lease",
        "now missing me {}",
        "1 missing me",
        "1 missing me []",
        "1 missing me {\"id\":\"42\"}",
        "1 missing me {\"id\":\"../42\",\"jobAge\":0,\"freshness\":0,\"looks\":1}",
        "1 missing me {\"id\":\"42\",\"jobAge\":-1,\"freshness\":0,\"looks\":1}",
        "1 missing me {\"id\":\"42\",\"jobAge\":0,\"freshness\":999999999999,\"looks\":1}",
        "1 missing me {\"id\":\"42\",\"jobAge\":0,\"freshness\":0,\"looks\":-1}",
        "1 failed me"
            + " {\"id\":\"42\",\"message\":\"a\\u001bb\",\"jobAge\":0,\"freshness\":0,\"looks\":1}",
        "1 ready me {\"id\":\"42\",\"output\":[],\"jobAge\":0,\"freshness\":0,\"looks\":1}",
        "1 problem me {\"id\":\"42\",\"problem\":\"INTERNAL_ERROR\",\"time\":1}",
        "1 held me {\"problem\":\"UPSTREAM_THROTTLED\",\"time\":1}"
      })
  void areRefusedWhereTheyMakeNoSense(String text) {
    assertThatException().isThrownBy(() -> ClusterMessage.read(text, NOW));
  }
}
