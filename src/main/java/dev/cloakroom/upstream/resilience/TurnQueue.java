package dev.cloakroom.upstream.resilience;

import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Calls that wait for a turn. A turn goes to an image that is known before one that is not, and
 * else to the client who has waited longest for one: however many a client asks for, the others are
 * served in between.
 */
final class TurnQueue {

  private record Waiting(Attempt attempt, Sinks.Empty<Void> turn) {

    private Waiting(Attempt attempt) {
      this(attempt, Sinks.empty());
    }
  }

  /** The calls of one kind, by client; the first client is the next to be served. */
  private static final class Lane {

    private final Map<String, Deque<Waiting>> clients = new LinkedHashMap<>();

    private void add(Waiting call) {
      clients
          .computeIfAbsent(call.attempt().requester().client(), _ -> new ArrayDeque<>())
          .add(call);
    }

    private @Nullable Waiting poll() {
      Map.Entry<String, Deque<Waiting>> first =
          clients.entrySet().stream().findFirst().orElse(null);
      if (first == null) {
        return null;
      }
      Waiting call = first.getValue().remove();
      clients.remove(first.getKey());
      if (!first.getValue().isEmpty()) {
        clients.put(first.getKey(), first.getValue());
      }
      return call;
    }

    private void remove(Waiting call) {
      clients.computeIfPresent(
          call.attempt().requester().client(),
          (_, calls) -> {
            calls.removeIf(one -> one.turn().equals(call.turn()));
            return calls.isEmpty() ? null : calls;
          });
    }

    private int count(String client) {
      Deque<Waiting> calls = clients.get(client);
      return calls == null ? 0 : calls.size();
    }

    /** The latest call of the client who has most. */
    private @Nullable Waiting last() {
      return clients.values().stream()
          .max(Comparator.comparingInt(Deque::size))
          .map(Deque::getLast)
          .orElse(null);
    }
  }

  private final Lane known = new Lane();
  private final Lane unknown = new Lane();

  /**
   * Waits for a turn, and brings one after that time, be it for another call.
   *
   * @param limit fails with a problem after that
   */
  Mono<Void> await(Attempt attempt, Duration time, Duration limit) {
    var call = new Waiting(attempt);
    add(call);
    var _ = Mono.delay(time).subscribe(_ -> next());
    return turnOf(call, limit);
  }

  /**
   * Waits in the place of a call that matters less, where there is one, which fails instead.
   *
   * @param problem of the one that gets no turn
   */
  Mono<Void> awaitInPlaceOfAnother(Attempt attempt, Duration limit, ProblemException problem) {
    var call = new Waiting(attempt);
    Waiting other = replaceLast(call);
    if (other == null) {
      return Mono.error(problem);
    }
    other.turn().tryEmitError(problem);
    return turnOf(call, limit);
  }

  private Mono<Void> turnOf(Waiting call, Duration limit) {
    return call.turn()
        .asMono()
        .timeout(limit, Mono.error(() -> Problem.UPSTREAM_UNAVAILABLE.retryAfter(limit, null)))
        .doFinally(_ -> remove(call));
  }

  private void next() {
    Waiting call = poll();
    if (call != null) {
      call.turn().tryEmitEmpty();
    }
  }

  private Lane laneOf(Waiting call) {
    return call.attempt().isImageKnown() ? known : unknown;
  }

  private synchronized void add(Waiting call) {
    laneOf(call).add(call);
  }

  private synchronized void remove(Waiting call) {
    laneOf(call).remove(call);
  }

  private synchronized @Nullable Waiting poll() {
    Waiting call = known.poll();
    return call == null ? unknown.poll() : call;
  }

  private synchronized @Nullable Waiting replaceLast(Waiting call) {
    Waiting last = unknown.last() == null ? known.last() : unknown.last();
    if (last == null || !isBefore(call, last)) {
      return null;
    }
    laneOf(last).remove(last);
    laneOf(call).add(call);
    return last;
  }

  /** Known before unknown, and then whose client has fewer. */
  private boolean isBefore(Waiting call, Waiting last) {
    if (call.attempt().isImageKnown() != last.attempt().isImageKnown()) {
      return call.attempt().isImageKnown();
    }
    Lane lane = laneOf(call);
    return lane.count(call.attempt().requester().client()) + 1
        < lane.count(last.attempt().requester().client());
  }
}
