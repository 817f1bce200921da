package dev.cloakroom.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

import dev.cloakroom.cluster.SharedCooldowns.Cooldown;
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

class ClusterMessageCodecTests {

  private static final ImageId ID = new ImageId("42");
  private static final long NOW = 1_790_000_000_000L;

  static Stream<ClusterMessage> allKinds() {
    return Stream.of(
        learned(new Image.Ready(ID, List.of(URI.create("https://cdn.example/42-0.png")))),
        learned(new Image.Processing(ID, null)),
        learned(new Image.Processing(ID, Duration.ofMillis(4_250))),
        learned(new Image.Failed(ID, "Failed, Try Again")),
        learned(new Image.Missing(ID)),
        new ClusterMessage.FetchFailed(ID, Problem.UPSTREAM_TIMEOUT, Duration.ofSeconds(5)),
        new ClusterMessage.FetchReleased(ID),
        new ClusterMessage.Purged(ID),
        new ClusterMessage.CooldownChanged(
            new Cooldown("key:ab12", Problem.UPSTREAM_THROTTLED, Duration.ofSeconds(30))),
        new ClusterMessage.CooldownChanged(new Cooldown("breaker", null, Duration.ZERO)),
        new ClusterMessage.Alive());
  }

  private static ClusterMessage learned(Image image) {
    return new ClusterMessage.Learned(
        new ImageSnapshot(
            image,
            Duration.ofSeconds(3),
            new ImageSnapshot.History(Duration.ofSeconds(20), Duration.ofSeconds(4), 9)));
  }

  @ParameterizedTest
  @MethodSource("allKinds")
  void readsWhatItHasWritten(ClusterMessage message) {
    String sent = NOW - 3_000 + " " + ClusterMessageCodec.write(message, "me");

    assertThat(ClusterMessageCodec.read(sent, NOW))
        .isEqualTo(new ClusterMessage.Envelope("me", message, NOW - 3_000));
  }

  @Test
  void readsNothingFromTheFuture() {
    String sent =
        NOW + 1_000 + " " + ClusterMessageCodec.write(new ClusterMessage.Learned(snapshot()), "me");

    ClusterMessage.Learned read =
        (ClusterMessage.Learned) ClusterMessageCodec.read(sent, NOW).message();

    assertThat(read.snapshot().age()).isZero();
  }

  private static ImageSnapshot snapshot() {
    return ((ClusterMessage.Learned) learned(new Image.Missing(ID))).snapshot();
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
        "1 missing me {\"id\":\"../42\",\"jobAge\":0,\"freshness\":0,\"fetches\":1}",
        "1 missing me {\"id\":\"42\",\"jobAge\":-1,\"freshness\":0,\"fetches\":1}",
        "1 missing me {\"id\":\"42\",\"jobAge\":0,\"freshness\":999999999999,\"fetches\":1}",
        "1 missing me {\"id\":\"42\",\"jobAge\":0,\"freshness\":0,\"fetches\":-1}",
        "1 failed me"
            + " {\"id\":\"42\",\"message\":\"a\\u001bb\",\"jobAge\":0,\"freshness\":0,\"fetches\":1}",
        "1 ready me {\"id\":\"42\",\"output\":[],\"jobAge\":0,\"freshness\":0,\"fetches\":1}",
        "1 problem me {\"id\":\"42\",\"problem\":\"INTERNAL_ERROR\",\"time\":1}",
        "1 cooldown me {\"problem\":\"UPSTREAM_THROTTLED\",\"time\":1}"
      })
  void rejectsWhatIsNotAMessage(String text) {
    assertThatException().isThrownBy(() -> ClusterMessageCodec.read(text, NOW));
  }
}
