package dev.cloakroom.lookup;

import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.problem.ProblemHandler;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A caller who gets the final state when it comes, or else the state of the last moment. */
final class WaitingCaller extends OpenAnswer {

  private static final Logger log = LoggerFactory.getLogger(WaitingCaller.class);

  private final ImageMetrics metrics;
  private final ProblemHandler exit;
  private volatile @Nullable FoundImage latest;

  WaitingCaller(ImageId id, HttpServletRequest request, OpenAnswers.Tools tools, Runnable over) {
    super(id, request, tools.watch(), over);
    this.metrics = tools.metrics();
    this.exit = tools.exit();
  }

  @Override
  public void sees(FoundImage found) {
    latest = found;
  }

  @Override
  public void fails(ProblemException problem) {
    if (finish()) {
      answer(null, problem);
    }
  }

  /** Answers with the state as it stands. */
  @Override
  public void ends() {
    if (finish()) {
      answer(latest, ImageLookup.tooLate());
    }
  }

  private void answer(@Nullable FoundImage found, ProblemException otherwise) {
    try {
      if (found == null) {
        throw otherwise;
      }
      metrics.count(found.collapsed());
      ImageAnswer.send(found.collapsed(), request(), response());
    } catch (Exception failure) {
      tell(failure);
    } finally {
      complete();
    }
  }

  private void tell(Exception failure) {
    try {
      exit.handle(failure, request(), response());
    } catch (Exception gone) {
      log.debug("No one was left to tell about image {}", id(), gone);
    }
  }
}
