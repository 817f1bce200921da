package dev.cloakroom.problem;

import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/** Everything that can go wrong for a caller; each has its own {@code type} (RFC 9457). */
public enum Problem {
  INVALID_REQUEST(
      HttpStatus.BAD_REQUEST,
      "The request is malformed",
      "Send a well-formed GET or HEAD for /images/{id}, or for /images?id=1&id=2."),
  IMAGE_NOT_FOUND(
      HttpStatus.NOT_FOUND,
      "The vendor does not know this image",
      "Check the id; one that was just queued may take some seconds to be known."),
  NOT_FOUND(
      HttpStatus.NOT_FOUND,
      "There is nothing at this path",
      "Ask for /images/{id}, or /images?id=1&id=2."),
  METHOD_NOT_ALLOWED(
      HttpStatus.METHOD_NOT_ALLOWED, "The path does not support this method", "Use GET or HEAD."),
  NOT_ACCEPTABLE(
      HttpStatus.NOT_ACCEPTABLE,
      "The answer has no representation that you accept",
      "Accept application/json."),
  NOT_CACHED(
      HttpStatus.GATEWAY_TIMEOUT,
      "Nothing is remembered of this image",
      "Leave out only-if-cached to have the vendor asked."),
  UNAUTHENTICATED(
      HttpStatus.UNAUTHORIZED,
      "Only known callers may ask",
      "Send Authorization: Bearer with your secret, or use a signed link."),
  FORBIDDEN(
      HttpStatus.FORBIDDEN,
      "The secret or the link is not valid",
      "Check the secret; a link must be signed for this very image, and not have expired."),
  TOO_MANY_REQUESTS(
      HttpStatus.TOO_MANY_REQUESTS,
      "This client asks for too much at once",
      "Wait for fewer images at once, and ask for new ones after the seconds in Retry-After."),
  TOO_MANY_WAITERS(
      HttpStatus.SERVICE_UNAVAILABLE,
      "Too many callers wait already",
      "Try again after the seconds in Retry-After."),
  UPSTREAM_CREDENTIALS(
      HttpStatus.SERVICE_UNAVAILABLE,
      "The vendor refuses our account",
      "An operator of this service must act. Try again later."),
  UPSTREAM_THROTTLED(
      HttpStatus.SERVICE_UNAVAILABLE,
      "The vendor asks us to wait",
      "Try again after the seconds in Retry-After."),
  UPSTREAM_UNAVAILABLE(
      HttpStatus.SERVICE_UNAVAILABLE,
      "The vendor cannot serve us now",
      "Try again after the seconds in Retry-After."),
  UPSTREAM_TIMEOUT(
      HttpStatus.GATEWAY_TIMEOUT, "The vendor did not answer in time", "Try again later."),
  UPSTREAM_INVALID(
      HttpStatus.BAD_GATEWAY, "The vendor's answer makes no sense", "Try again later."),
  IMAGE_FAILED(
      HttpStatus.FAILED_DEPENDENCY,
      "The vendor has given up this image",
      "Ask for /images/{id}, which says why; there is no picture."),
  CONTENT_LOST(
      HttpStatus.GONE,
      "The picture is lost",
      "The vendor's link is dead, and the picture was never stored here."),
  CONTENT_REFUSED(
      HttpStatus.BAD_GATEWAY,
      "What the vendor's link leads to is not served",
      "An operator of this service can find the reason in its log."),
  CONTENT_UNAVAILABLE(
      HttpStatus.SERVICE_UNAVAILABLE,
      "The picture cannot be served now",
      "Try again after the seconds in Retry-After."),
  /** The same, where a time limit was reached. */
  CONTENT_TIMEOUT(
      HttpStatus.GATEWAY_TIMEOUT,
      "The picture cannot be served now",
      "Try again after the seconds in Retry-After."),
  INTERNAL_ERROR(HttpStatus.INTERNAL_SERVER_ERROR, "The service failed", "Try again later.");

  private final HttpStatus status;
  private final String title;
  private final String advice;

  Problem(HttpStatus status, String title, String advice) {
    this.status = status;
    this.title = title;
    this.advice = advice;
  }

  /** What a status that a framework or the container chose means for the caller. */
  static Problem of(int status) {
    return switch (status) {
      case 401 -> UNAUTHENTICATED;
      case 403 -> FORBIDDEN;
      case 404 -> NOT_FOUND;
      case 405 -> METHOD_NOT_ALLOWED;
      case 406 -> NOT_ACCEPTABLE;
      case 501, 505 -> INVALID_REQUEST;
      default -> status < 500 ? INVALID_REQUEST : INTERNAL_ERROR;
    };
  }

  /** The name in the catalogue, such as {@code image-not-found}. */
  public String id() {
    return (this == CONTENT_TIMEOUT ? CONTENT_UNAVAILABLE : this)
        .name()
        .toLowerCase(Locale.ROOT)
        .replace('_', '-');
  }

  /** Whether it is the vendor's, or our account's there. */
  public boolean isVendors() {
    return switch (this) {
      case UPSTREAM_CREDENTIALS,
          UPSTREAM_THROTTLED,
          UPSTREAM_UNAVAILABLE,
          UPSTREAM_TIMEOUT,
          UPSTREAM_INVALID ->
          true;
      default -> false;
    };
  }

  /** This problem, with the catalogue's own advice. */
  public ProblemException exception() {
    return new ProblemException(this, advice, null, null);
  }

  /** This problem, for a caller who can do what {@code detail} says. */
  public ProblemException because(String detail) {
    return new ProblemException(this, detail, null, null);
  }

  /** This problem, with a cause for the log. */
  public ProblemException because(Throwable cause) {
    return new ProblemException(this, advice, null, cause);
  }

  /**
   * This problem, for callers who may come again.
   *
   * @param retryAfter when that may help; they get whole seconds, rounded up
   * @param cause for the log; none for what is expected
   */
  public ProblemException retryAfter(Duration retryAfter, @Nullable Throwable cause) {
    return new ProblemException(this, advice, retryAfter, cause);
  }

  URI type() {
    return URI.create("urn:cloakroom:problem:" + id());
  }

  HttpStatus status() {
    return status;
  }

  String title() {
    return title;
  }
}
