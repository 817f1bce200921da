package dev.cloakroom.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.cloakroom.cluster.ClusterMessage.Envelope;
import dev.cloakroom.cluster.SharedCooldowns.Cooldown;
import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.image.ImageSnapshot;
import dev.cloakroom.problem.Problem;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes messages as {@code kind sender {json}}, and reads them with their time in milliseconds by
 * Redis's clock before that. Trusts nothing that it reads.
 */
final class ClusterMessageCodec {

  /** In characters; a longer message is neither written nor read. */
  static final int MAX_LENGTH = 65_536;

  private static final int MAX_TIME_LENGTH = 20;
  private static final Duration MAX_TIME = Duration.ofDays(2);
  private static final int MAX_TEXT = 1_000;
  private static final int MAX_DEPTH = 32;

  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  /** The fields of an image's state; times in milliseconds. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  private record State(
      String id,
      @Nullable List<URI> output,
      @Nullable String message,
      @Nullable Long eta,
      @Nullable Long jobAge,
      @Nullable Long freshness,
      @Nullable Integer fetches) {

    static State of(ImageSnapshot snapshot) {
      Image image = snapshot.image();
      ImageSnapshot.History history = Objects.requireNonNull(snapshot.history());
      return new State(
          image.id().value(),
          image instanceof Image.Ready ready ? ready.output() : null,
          image instanceof Image.Failed failed ? failed.message() : null,
          image instanceof Image.Processing(ImageId _, Duration eta) && eta != null
              ? (Long) millis(eta)
              : null,
          millis(history.jobAge()),
          millis(history.freshness()),
          history.fetches());
    }

    ClusterMessage toMessage(String kind, Duration age) {
      return new ClusterMessage.Learned(new ImageSnapshot(image(kind), age, history()));
    }

    private Image image(String kind) {
      ImageId image = new ImageId(id);
      return switch (kind) {
        case "ready" -> new Image.Ready(image, Objects.requireNonNull(output));
        case "processing" -> new Image.Processing(image, eta == null ? null : duration(eta));
        case "failed" -> new Image.Failed(image, plain(Objects.requireNonNull(message)));
        case "missing" -> new Image.Missing(image);
        default -> throw new IllegalArgumentException("not a kind of message");
      };
    }

    private ImageSnapshot.History history() {
      int count = Objects.requireNonNull(fetches);
      if (count < 0) {
        throw new IllegalArgumentException("not a count");
      }
      return new ImageSnapshot.History(duration(jobAge), duration(freshness), count);
    }
  }

  /** The fields of all other messages. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  private record Notice(
      @Nullable String id, @Nullable String name, @Nullable Problem problem, @Nullable Long time) {

    static final Notice NONE = new Notice(null, null, null, null);

    static Notice of(ImageId id) {
      return new Notice(id.value(), null, null, null);
    }

    ClusterMessage toMessage(String kind) {
      return switch (kind) {
        case "problem" ->
            new ClusterMessage.FetchFailed(imageId(), upstream(problem), duration(time));
        case "released" -> new ClusterMessage.FetchReleased(imageId());
        case "purged" -> new ClusterMessage.Purged(imageId());
        case "cooldown" ->
            new ClusterMessage.CooldownChanged(
                new Cooldown(
                    Objects.requireNonNull(name),
                    problem == null ? null : upstream(problem),
                    duration(time)));
        default -> new ClusterMessage.Alive();
      };
    }

    private ImageId imageId() {
      return new ImageId(Objects.requireNonNull(id));
    }
  }

  private ClusterMessageCodec() {}

  /** The message as it is sent, but for the time. */
  static String write(ClusterMessage message, String sender) {
    return kindOf(message) + ' ' + sender + ' ' + JSON.writeValueAsString(fieldsOf(message));
  }

  private static String kindOf(ClusterMessage message) {
    return switch (message) {
      case ClusterMessage.Learned learned -> learned.snapshot().image().state();
      case ClusterMessage.FetchFailed _ -> "problem";
      case ClusterMessage.FetchReleased _ -> "released";
      case ClusterMessage.Purged _ -> "purged";
      case ClusterMessage.CooldownChanged _ -> "cooldown";
      case ClusterMessage.Alive _ -> "alive";
    };
  }

  private static Object fieldsOf(ClusterMessage message) {
    return switch (message) {
      case ClusterMessage.Learned learned -> State.of(learned.snapshot());
      case ClusterMessage.FetchFailed(ImageId id, Problem problem, Duration retryAfter) ->
          new Notice(id.value(), null, problem, millis(retryAfter));
      case ClusterMessage.FetchReleased(ImageId id) -> Notice.of(id);
      case ClusterMessage.Purged(ImageId id) -> Notice.of(id);
      case ClusterMessage.CooldownChanged(Cooldown cooldown) ->
          new Notice(null, cooldown.name(), cooldown.problem(), millis(cooldown.time()));
      case ClusterMessage.Alive _ -> Notice.NONE;
    };
  }

  /**
   * Reads what was sent or kept.
   *
   * @param now by Redis's clock, in milliseconds
   * @throws RuntimeException for anything but a well-formed message of this version
   */
  static Envelope read(String text, long now) {
    if (text.length() > MAX_LENGTH + MAX_TIME_LENGTH) {
      throw new IllegalArgumentException("too long");
    }
    String[] parts = text.split(" ", 4);
    long time = Long.parseLong(parts[0]);
    Duration age = Duration.ofMillis(Math.max(0, now - time));
    return new Envelope(parts[2], read(parts[1], parts[3], age), time);
  }

  private static ClusterMessage read(String kind, String json, Duration age) {
    return switch (kind) {
      case "problem", "released", "purged", "cooldown", "alive" ->
          JSON.readValue(json, Notice.class).toMessage(kind);
      default -> JSON.readValue(json, State.class).toMessage(kind, age);
    };
  }

  /** No receiver needs a longer time more precisely. */
  private static long millis(Duration time) {
    return Math.clamp(time.toMillis(), 0, MAX_TIME.toMillis());
  }

  private static Duration duration(@Nullable Long number) {
    long millis = Objects.requireNonNull(number);
    if (millis < 0 || millis > MAX_TIME.toMillis()) {
      throw new IllegalArgumentException("not a time");
    }
    return Duration.ofMillis(millis);
  }

  private static String plain(String text) {
    if (text.length() > MAX_TEXT || text.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException("not plain text");
    }
    return text;
  }

  /** Replicas share the vendor's problems alone. */
  private static Problem upstream(@Nullable Problem problem) {
    if (problem == null || !problem.isVendors()) {
      throw new IllegalArgumentException("not a problem of the vendor");
    }
    return problem;
  }
}
