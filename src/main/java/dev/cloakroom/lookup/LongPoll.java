package dev.cloakroom.lookup;

import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

/** A caller who gets the final state when it comes, or else the state of the last moment. */
final class LongPoll extends SubscribedResponse {

  private volatile @Nullable FoundImage latest;
  private volatile @Nullable ProblemException trouble;

  LongPoll(ImageId id, HttpServletRequest request, PendingResponses.Tools tools, Runnable over) {
    super(id, request, tools, over);
  }

  @Override
  public void sees(FoundImage found) {
    latest = found.collapsed();
    giveUpIfMissing(found);
  }

  /** The next look may bring more, but not where an operator has to act first. */
  @Override
  public void fails(ProblemException problem) {
    trouble = problem;
    if (problem.problem() == Problem.UPSTREAM_CREDENTIALS) {
      ends();
    }
  }

  /** Answers with the state as it stands, or with why there is none. */
  @Override
  public void ends() {
    if (finish()) {
      ProblemException problem = trouble;
      answer(latest, problem == null ? ImageLookup.tooLate() : problem);
    }
  }
}
