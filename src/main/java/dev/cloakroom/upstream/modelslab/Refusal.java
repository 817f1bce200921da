package dev.cloakroom.upstream.modelslab;

import dev.cloakroom.problem.Problem;
import org.jspecify.annotations.Nullable;

/** What the vendor refuses with an answer that has no image's state. */
enum Refusal {
  /** Our account: its key is not accepted, or its credit is used up. */
  ACCOUNT(Problem.UPSTREAM_CREDENTIALS),
  /** The key or the id; the vendor does not say which. */
  KEY_OR_ID(Problem.UPSTREAM_UNAVAILABLE),
  /** Calls as frequent as ours. */
  RATE(Problem.UPSTREAM_THROTTLED);

  private final Problem problem;

  Refusal(Problem problem) {
    this.problem = problem;
  }

  Problem problem() {
    return problem;
  }

  /** By the words, and by the code where these are not certain; null where neither does. */
  static @Nullable Refusal of(int code, ReplyBody body) {
    if (ErrorTexts.refuseAccount(body)) {
      return ACCOUNT;
    }
    if (ErrorTexts.throttle(body)) {
      return RATE;
    }
    Refusal refusal = ofCode(code, body);
    return refusal == null && ErrorTexts.refuseKeyOrId(body) ? KEY_OR_ID : refusal;
  }

  /** An edge before the vendor knows nothing of our account; its refusals are not in JSON. */
  static @Nullable Refusal ofCode(int code, ReplyBody body) {
    return switch (code) {
      case 401, 403 -> body.isObject() ? KEY_OR_ID : null;
      case 402 -> body.isObject() ? ACCOUNT : null;
      case 429 -> RATE;
      default -> null;
    };
  }
}
