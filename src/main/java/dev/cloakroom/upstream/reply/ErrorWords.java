package dev.cloakroom.upstream.reply;

import dev.cloakroom.problem.Problem;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The words in which the vendor speaks of our account, gathered from its clients. */
final class ErrorWords {

  private static final Pattern THROTTLED =
      anyOf("\\brate.?limit", "\\btoo many\\b", "queued requests", "concurrent requests");
  private static final Pattern KEY_REFUSED =
      anyOf(
          "^invalid request\\W*$",
          "unauthori[sz]ed",
          "(invalid|wrong|missing|expired|incorrect|no|your) (api[ _-]?)?key\\b",
          "(api[ _-]?|your |^the |^)key\\b.{0,20}"
              + "(invalid|required|missing|expired|disabled|incorrect|not (valid|found))");
  private static final Pattern OUT_OF_CREDIT =
      anyOf(
          "\\bcredits?\\b",
          "\\bwallet\\b",
          "\\bsubscri(be|ption)",
          "(insufficient|low|account|your) balance",
          "\\bpayment\\b");
  private static final Pattern OVER_SOME_LIMIT =
      anyOf("limit exceeded", "limit of requests", "\\bquota\\b");

  private ErrorWords() {}

  /** What is wrong with our account; null where the words are about something else. */
  static @Nullable Problem meaningOf(ReplyBody body) {
    String message = body.message();
    if (THROTTLED.matcher(message).find()) {
      return Problem.UPSTREAM_THROTTLED;
    }
    // Tips advertise subscriptions, but speak of refused keys with reason only.
    if (KEY_REFUSED.matcher(message).find()
        || OUT_OF_CREDIT.matcher(message).find()
        || KEY_REFUSED.matcher(body.tips()).find()) {
      return Problem.UPSTREAM_CREDENTIALS;
    }
    boolean isToWait =
        OVER_SOME_LIMIT.matcher(message).find()
            || THROTTLED.matcher(body.tips()).find()
            || body.retryAfter() != null;
    return isToWait ? Problem.UPSTREAM_THROTTLED : null;
  }

  private static Pattern anyOf(String... patterns) {
    return Pattern.compile(String.join("|", patterns), Pattern.CASE_INSENSITIVE);
  }
}
