package dev.cloakroom.upstream.modelslab;

import java.util.regex.Pattern;

/** The words in which the vendor speaks of our account. */
final class ErrorTexts {

  /** From the vendor's list of error codes, and from its answers to its own clients. */
  private static final Pattern KEY_REFUSED =
      beginsWith("invalid api key\\b", "api key (is )?required\\b");

  /** The first from the vendor's list of error codes, which also names ended subscriptions. */
  private static final Pattern OUT_OF_CREDIT =
      beginsWith(
          "insufficient credits\\b",
          "(insufficient|no|no active) (wallet|subscription)\\b",
          "you (do not|don't) have an? (active )?(wallet|subscription)\\b",
          "(your )?(wallet|subscription)( balance| plan)? (is|has|was)( been)?"
              + " (empty|missing|not found|inactive|expired|ended|cancell?ed)\\b");

  /** Said of keys by the vendor's clients; it may as well be said of an id. */
  private static final Pattern AMBIGUOUS =
      beginsWith(
          "invalid (api )?request\\b",
          "(invalid |your )?api[ _-]?key\\b",
          "unauthori[sz]ed\\b",
          "unauthenticated\\b",
          "this feature requires\\b");

  private static final Pattern THROTTLED =
      anyOf("\\brate.?limit", "\\btoo many\\b", "queued requests", "concurrent requests");
  private static final Pattern OVER_SOME_LIMIT =
      anyOf("limit exceeded", "limit of requests", "\\bquota\\b");

  private ErrorTexts() {}

  /** Whether our key is certainly rejected, or its account out of credit. */
  static boolean refuseAccount(ReplyBody body) {
    String message = body.message();
    return KEY_REFUSED.matcher(message).find()
        || OUT_OF_CREDIT.matcher(message).find()
        || body.isMessageAbout("key");
  }

  /** Whether we ask too often. */
  static boolean throttle(ReplyBody body) {
    String message = body.message();
    return THROTTLED.matcher(message).find()
        || OVER_SOME_LIMIT.matcher(message).find()
        || THROTTLED.matcher(body.tips()).find()
        || body.retryAfter() != null;
  }

  /** Whether either our key or the id is refused. */
  static boolean refuseKeyOrId(ReplyBody body) {
    return AMBIGUOUS.matcher(body.message()).find();
  }

  private static Pattern beginsWith(String... patterns) {
    return anyOf("^(" + String.join("|", patterns) + ")");
  }

  private static Pattern anyOf(String... patterns) {
    return Pattern.compile(String.join("|", patterns), Pattern.CASE_INSENSITIVE);
  }
}
