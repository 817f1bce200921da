package dev.cloakroom.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.image.ImageSnapshot;
import dev.cloakroom.problem.Problem;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What replicas tell each other, and keep in Redis: {@code kind sender {json}}, and before it the
 * time in milliseconds by Redis's clock.
 */
sealed interface ClusterMessage {

  /** News of one image. */
  sealed interface OfImage extends ClusterMessage {
    ImageId id();
  }

  /** A state of an image. */
  record Seen(ImageSnapshot sighting) implements OfImage {

    @Override
    public ImageId id() {
      return sighting.image().id();
    }
  }

  /** A look that failed; other replicas' callers are told so, too. */
  record Failed(ImageId id, Problem problem, Duration time) implements OfImage {}

  /** A look that was not made after all. */
  record Released(ImageId id) implements OfImage {}

  record Forgotten(ImageId id) implements OfImage {}

  record Held(Cooldown hold) implements ClusterMessage {}

  /** A sign of life. */
  record Beat() implements ClusterMessage {}

  /**
   * News, who sent them, and when.
   *
   * @param time in milliseconds by Redis's clock
   */
  record Message(String sender, ClusterMessage news, long time) {}

  /** In characters; what is longer is neither written nor read. */
  int LONGEST = 65_536;

  /** More precise nobody needs a longer time. */
  Duration LONGEST_TIME = Duration.ofDays(2);

  private static long written(Duration time) {
    return Math.clamp(time.toMillis(), 0, LONGEST_TIME.toMillis());
  }

  private static Duration milliseconds(@Nullable Long number) {
    long millis = Objects.requireNonNull(number);
    if (millis < 0 || millis > LONGEST_TIME.toMillis()) {
      throw new IllegalArgumentException("not a time");
    }
    return Duration.ofMillis(millis);
  }

  /** All that any kind has; times in milliseconds. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Fields(
      @Nullable String id,
      @Nullable List<URI> output,
      @Nullable String message,
      @Nullable Long eta,
      @Nullable Long jobAge,
      @Nullable Long freshness,
      @Nullable Integer looks,
      @Nullable String name,
      @Nullable Problem problem,
      @Nullable Long time) {

    private static final int LONGEST_MESSAGE = 1_000;

    private static final int DEEPEST = 32;

    private static final JsonMapper JSON =
        JsonMapper.builder(
                JsonFactory.builder()
                    .streamReadConstraints(
                        StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    static Fields of(ClusterMessage news) {
      return switch (news) {
        case Seen seen -> of(seen.sighting());
        case Failed failed -> of(failed.id(), null, failed.problem(), failed.time());
        case Released released -> of(released.id(), null, null, null);
        case Forgotten forgotten -> of(forgotten.id(), null, null, null);
        case Held held -> of(null, held.hold().name(), held.hold().problem(), held.hold().time());
        case Beat _ -> of(null, null, null, null);
      };
    }

    private static Fields of(
        @Nullable ImageId id,
        @Nullable String name,
        @Nullable Problem problem,
        @Nullable Duration time) {
      return new Fields(
          id == null ? null : id.value(),
          null,
          null,
          null,
          null,
          null,
          null,
          name,
          problem,
          time == null ? null : (Long) written(time));
    }

    private static Fields of(ImageSnapshot sighting) {
      Image image = sighting.image();
      ImageSnapshot.History history = Objects.requireNonNull(sighting.history());
      return new Fields(
          image.id().value(),
          image instanceof Image.Ready ready ? ready.output() : null,
          image instanceof Image.Failed failed ? failed.message() : null,
          image instanceof Image.Processing processing && processing.eta() != null
              ? (Long) written(processing.eta())
              : null,
          written(history.jobAge()),
          written(history.freshness()),
          history.looks(),
          null,
          null,
          null);
    }

    ClusterMessage toNews(String kind, Duration age) {
      return switch (kind) {
        case "problem" -> new Failed(imageId(), upstream(problem), milliseconds(time));
        case "released" -> new Released(imageId());
        case "forgotten" -> new Forgotten(imageId());
        case "held" ->
            new Held(
                new Cooldown(
                    Objects.requireNonNull(name),
                    problem == null ? null : upstream(problem),
                    milliseconds(time)));
        case "beat" -> new Beat();
        default -> new Seen(new ImageSnapshot(image(kind), age, history()));
      };
    }

    private ImageId imageId() {
      return new ImageId(Objects.requireNonNull(id));
    }

    private Image image(String state) {
      return switch (state) {
        case "ready" -> new Image.Ready(imageId(), Objects.requireNonNull(output));
        case "processing" ->
            new Image.Processing(imageId(), eta == null ? null : milliseconds(eta));
        case "failed" -> new Image.Failed(imageId(), plain(Objects.requireNonNull(message)));
        case "missing" -> new Image.Missing(imageId());
        default -> throw new IllegalArgumentException("not a kind of news");
      };
    }

    private static String plain(String text) {
      if (text.length() > LONGEST_MESSAGE || text.chars().anyMatch(Character::isISOControl)) {
        throw new IllegalArgumentException("not plain text");
      }
      return text;
    }

    private ImageSnapshot.History history() {
      int count = Objects.requireNonNull(looks);
      if (count < 0) {
        throw new IllegalArgumentException("not a count");
      }
      return new ImageSnapshot.History(milliseconds(jobAge), milliseconds(freshness), count);
    }

    /** Only the vendor's problems are anybody else's. */
    private static Problem upstream(@Nullable Problem problem) {
      if (problem == null || !problem.isVendors()) {
        throw new IllegalArgumentException("not a problem of the vendor's");
      }
      return problem;
    }
  }

  /** As it is sent, but for the time. */
  default String from(String sender) {
    return kind() + ' ' + sender + ' ' + Fields.JSON.writeValueAsString(Fields.of(this));
  }

  private String kind() {
    return switch (this) {
      case Seen seen -> seen.sighting().image().state();
      case Failed _ -> "problem";
      default -> getClass().getSimpleName().toLowerCase(Locale.ROOT);
    };
  }

  /**
   * Reads what was sent or kept; nothing of it is trusted.
   *
   * @param now by Redis's clock, in milliseconds
   * @throws RuntimeException for anything but well-formed news of this version
   */
  static Message read(String text, long now) {
    if (text.length() > LONGEST + 20) {
      throw new IllegalArgumentException("too long");
    }
    String[] parts = text.split(" ", 4);
    long time = Long.parseLong(parts[0]);
    Duration age = Duration.ofMillis(Math.max(0, now - time));
    Fields fields = Fields.JSON.readValue(parts[3], Fields.class);
    return new Message(parts[2], fields.toNews(parts[1], age), time);
  }
}
