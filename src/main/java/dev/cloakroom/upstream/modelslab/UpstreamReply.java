package dev.cloakroom.upstream.modelslab;

import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.problem.RetryAfter;
import dev.cloakroom.upstream.modelslab.UpstreamException.Kind;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;

/**
 * What the vendor's answer to one fetch means. The body's {@code status} decides; the HTTP code
 * only where the body has none.
 */
public final class UpstreamReply {

  private static final Duration DEFAULT_THROTTLE = Duration.ofSeconds(30);
  private static final Duration MAX_THROTTLE = Duration.ofHours(1);

  private static final Pattern UNKNOWN_ID =
      Pattern.compile("request not found", Pattern.CASE_INSENSITIVE);
  private static final Pattern WAIT =
      Pattern.compile(
          "\\b(\\d{1,5}(?:\\.\\d{1,3})?) ?(s|secs?|seconds?|m|mins?|minutes?)\\b",
          Pattern.CASE_INSENSITIVE);

  private final int code;
  private final HttpHeaders headers;
  private final String keyName;
  private final ReplyBody body;

  /**
   * A reply that was read to its end.
   *
   * @param code the HTTP status code
   * @param keyName the name of the key that the call was made with
   * @param isKeyIn finds in a text the keys that the vendor may echo
   */
  public UpstreamReply(
      int code, HttpHeaders headers, byte[] body, String keyName, Predicate<String> isKeyIn) {
    this.code = code;
    this.headers = headers;
    this.keyName = keyName;
    this.body = new ReplyBody(body, isKeyIn);
  }

  /**
   * The state of the image that was asked for.
   *
   * @throws ProblemException where the reply says nothing about the image
   */
  public Image image(ImageId id) {
    if (!body.id().isEmpty() && !body.id().equals(id.value())) {
      throw another();
    }
    return switch (body.status()) {
      case "success", "completed", "ready" -> finished(id);
      case "processing", "pending", "queued" -> new Image.Processing(id, body.eta());
      case "failed" -> failed(id);
      // An error that we cannot place does make sense: the vendor says that it failed.
      case "error" -> throw problem(Refusal.of(code, body), Problem.UPSTREAM_UNAVAILABLE);
      case "" -> throw problem(Refusal.of(code, body), Problem.UPSTREAM_INVALID);
      default -> unknown(id);
    };
  }

  /** Whether this cannot be true for long: finished without a picture, or an unknown status. */
  boolean isInconclusive() {
    return switch (body.status()) {
      case "success", "completed", "ready" -> body.output().isEmpty();
      case "processing", "pending", "queued", "failed", "error", "" -> false;
      default -> true;
    };
  }

  /** For a reply that was inconclusive too long. */
  ProblemException inconclusiveForTooLong() {
    return problem(Problem.UPSTREAM_INVALID);
  }

  private Image finished(ImageId id) {
    var output = body.output();
    return output.isEmpty() ? new Image.Processing(id, body.eta()) : new Image.Ready(id, output);
  }

  private Image failed(ImageId id) {
    if (code == 429) {
      throw problem(Problem.UPSTREAM_THROTTLED);
    }
    String message = body.message();
    if (UNKNOWN_ID.matcher(message).find()) {
      return new Image.Missing(id);
    }
    return new Image.Failed(
        id, message.isEmpty() ? "The vendor gave no reason." : body.withoutKey(message));
  }

  /** A status that we do not know is not the end, unless the code is about our account. */
  private Image unknown(ImageId id) {
    Refusal refusal = Refusal.ofCode(code, body);
    if (refusal != null || code >= 500) {
      throw problem(refusal, Problem.UPSTREAM_UNAVAILABLE);
    }
    return new Image.Processing(id, body.eta());
  }

  /** Somebody else's answer, which is about our account at most. */
  private ProblemException another() {
    Refusal refusal = body.status().equals("error") ? Refusal.of(code, body) : null;
    return refusal == Refusal.ACCOUNT || refusal == Refusal.RATE
        ? problem(refusal, refusal.problem())
        : problem(Problem.UPSTREAM_INVALID, "about another image");
  }

  private ProblemException problem(@Nullable Refusal refusal, Problem otherwise) {
    if (refusal == Refusal.KEY_OR_ID) {
      return refusal.problem().retryAfter(RetryAfter.DEFAULT, answer(said(), Kind.AMBIGUOUS));
    }
    if (refusal != null) {
      return problem(refusal.problem());
    }
    return problem(isOfEdge() ? Problem.UPSTREAM_UNAVAILABLE : otherwise);
  }

  private boolean isOfEdge() {
    return code >= 500 || code == 401 || code == 402 || code == 403;
  }

  private ProblemException problem(Problem problem) {
    return problem(problem, said());
  }

  private ProblemException problem(Problem problem, String said) {
    Duration wait = problem == Problem.UPSTREAM_THROTTLED ? throttle() : RetryAfter.DEFAULT;
    return problem.retryAfter(wait, answer(said, code >= 500 ? Kind.TRANSIENT : Kind.PERMANENT));
  }

  private UpstreamException answer(String said, Kind kind) {
    return new UpstreamException(
        "the vendor answered HTTP %d %s to key `%s`".formatted(code, said, keyName), kind);
  }

  private String said() {
    String said = body.withoutKey((body.status() + " " + body.message()).strip());
    return said.isEmpty() ? "with no status" : "with \"" + said + "\"";
  }

  /** The vendor's wait: from the body, the header or the text, in this order. */
  private Duration throttle() {
    Duration wait =
        Stream.of(body.retryAfter(), waitOfHeader(), waitOfText())
            .flatMap(Stream::ofNullable)
            .filter(Duration::isPositive)
            .findFirst()
            .orElse(DEFAULT_THROTTLE);
    return wait.compareTo(MAX_THROTTLE) > 0 ? MAX_THROTTLE : wait;
  }

  /** Seconds or a date (RFC 9110, 10.2.3); the date is read by the vendor's own clock. */
  private @Nullable Duration waitOfHeader() {
    String value = headers.getFirst(HttpHeaders.RETRY_AFTER);
    if (value != null && value.strip().matches("\\d{1,9}")) {
      return Duration.ofSeconds(Long.parseLong(value.strip()));
    }
    try {
      long until = headers.getFirstDate(HttpHeaders.RETRY_AFTER);
      long now = headers.getDate();
      return until < 0 || now < 0 ? null : Duration.ofMillis(until - now);
    } catch (IllegalArgumentException _) {
      return null;
    }
  }

  /** The last one: "5 requests per 10 seconds, try again in 2 minutes". */
  private @Nullable Duration waitOfText() {
    MatchResult last =
        WAIT.matcher(body.message()).results().reduce((_, later) -> later).orElse(null);
    if (last == null) {
      return null;
    }
    boolean isMinutes = last.group(2).toLowerCase(Locale.ROOT).startsWith("m");
    double seconds = Double.parseDouble(last.group(1)) * (isMinutes ? 60 : 1);
    return Duration.ofMillis((long) Math.ceil(seconds * 1000));
  }
}
