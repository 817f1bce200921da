package dev.cloakroom.api;

import dev.cloakroom.cache.CacheMode;
import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.lookup.ImageLookup;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A caller who gets the final states when they come, or else the states of the last moment. */
class LongPoll extends SubscribedResponse {

  private final List<State> states;

  LongPoll(
      List<ImageId> ids,
      HttpServletRequest request,
      PendingResponses.Tools tools,
      Runnable over,
      ImageRenderer renderer) {
    super(request, tools, over, renderer);
    this.states = ids.stream().map(State::new).toList();
  }

  /** Subscribes to the images, but for those of which more is not awaited. */
  final void begin(CacheMode mode, Map<ImageId, FoundState> settled) {
    List<State> awaited = new ArrayList<>();
    for (State state : states) {
      FoundState known = settled.get(state.id());
      if (known == null) {
        awaited.add(state);
      } else {
        state.latest = known.found();
        state.lastProblem = known.problem();
      }
    }
    begin(awaited, mode);
  }

  private final class State extends Subscription {

    private volatile @Nullable FoundImage latest;
    private volatile @Nullable ProblemException lastProblem;

    private State(ImageId id) {
      super(id);
    }

    @Override
    public void onUpdate(FoundImage found) {
      latest = found;
      giveUpIfMissing(found);
    }

    /** The next fetch may bring more, but not where an operator has to act first. */
    @Override
    public void onError(ProblemException problem) {
      lastProblem = problem;
      if (problem.problem() == Problem.UPSTREAM_CREDENTIALS) {
        end();
      }
    }

    @Override
    public void onComplete() {
      end();
    }

    /** The state as it stands, or why there is none. */
    private FoundState get() {
      FoundImage found = latest;
      ProblemException problem = lastProblem;
      return found == null
          ? new FoundState(id(), null, problem == null ? ImageLookup.tooLate() : problem)
          : new FoundState(id(), found.collapsed(), null);
    }
  }

  @Override
  final void onEnd() {
    if (finish()) {
      send(states.stream().map(State::get).toList());
    }
  }

  /** Answers with the one state. */
  void send(List<FoundState> states) {
    FoundState state = states.getFirst();
    answer(state.found(), state.problem());
  }
}
