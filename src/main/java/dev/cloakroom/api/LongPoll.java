package dev.cloakroom.api;

import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.lookup.ImageLookup;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

/** A caller who gets the final state when it comes, or else the state of the last moment. */
final class LongPoll extends SubscribedResponse {

  private volatile @Nullable FoundImage latest;
  private volatile @Nullable ProblemException lastProblem;

  LongPoll(
      ImageId id,
      HttpServletRequest request,
      PendingResponses.Tools tools,
      Runnable over,
      ImageRenderer renderer) {
    super(id, request, tools, over, renderer);
  }

  @Override
  public void onUpdate(FoundImage found) {
    latest = found.collapsed();
    giveUpIfMissing(found);
  }

  /** The next fetch may bring more, but not where an operator has to act first. */
  @Override
  public void onError(ProblemException problem) {
    lastProblem = problem;
    if (problem.problem() == Problem.UPSTREAM_CREDENTIALS) {
      onComplete();
    }
  }

  /** Answers with the state as it stands, or with why there is none. */
  @Override
  public void onComplete() {
    if (finish()) {
      ProblemException problem = lastProblem;
      answer(latest, problem == null ? ImageLookup.tooLate() : problem);
    }
  }
}
