package dev.cloakroom.api;

import dev.cloakroom.cache.CacheMode;
import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.cache.ImageCache;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.lookup.ImageLookup;
import dev.cloakroom.problem.ProblemException;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Finds and follows many images for a request, which takes one place among those who wait. */
@Component
class PendingImages {

  private final PendingResponses.Tools tools;
  private final ImageCache cache;
  private final ImageLookup lookup;
  private final WaiterLimit limit;

  PendingImages(
      PendingResponses.Tools tools, ImageCache cache, ImageLookup lookup, WaiterLimit limit) {
    this.tools = tools;
    this.cache = cache;
    this.lookup = lookup;
    this.limit = limit;
  }

  /**
   * The images where all are hits; else null, and the answer is sent when the last fetch has ended.
   * Where a limit is reached, the images as they are known.
   */
  @Nullable List<FoundState> find(List<ImageId> ids, CacheMode mode, HttpServletRequest request) {
    List<FoundState> hits = findHits(ids, mode);
    if (hits.size() == ids.size()) {
      return hits;
    }
    WaiterLimit.Permit permit;
    try {
      permit = limit.acquire(WaiterLimit.Kind.FETCH, ids);
    } catch (ProblemException full) {
      return ids.stream().map(id -> findKnown(id, full)).toList();
    }
    fetch(ids, mode, permit, request);
    return null;
  }

  private void fetch(
      List<ImageId> ids, CacheMode mode, WaiterLimit.Permit permit, HttpServletRequest request) {
    boolean isPending = false;
    try {
      ServerTiming timing = new ServerTiming();
      List<CompletableFuture<FoundState>> states =
          ids.stream().map(id -> get(id, mode, permit)).toList();
      var all = CompletableFuture.allOf(states.toArray(CompletableFuture<?>[]::new));
      var response = new PendingResponse(request, tools, permit.release(), ImageRenderer.STATE);
      isPending = true;
      var _ =
          all.whenCompleteAsync(
              (_, _) ->
                  answer(states.stream().map(CompletableFuture::join).toList(), timing, response),
              Thread::startVirtualThread);
    } finally {
      if (!isPending) {
        permit.release().run();
      }
    }
  }

  /** Those of the images that are final and fresh, unless the caller wants a fetch. */
  private List<FoundState> findHits(List<ImageId> ids, CacheMode mode) {
    List<FoundState> hits = new ArrayList<>(ids.size());
    for (ImageId id : ids) {
      FoundImage hit = mode.equals(CacheMode.DEFAULT) ? cache.findHit(id) : null;
      if (hit != null) {
        hits.add(new FoundState(id, hit, null));
      }
    }
    return hits;
  }

  /** Never fails. */
  private CompletableFuture<FoundState> get(ImageId id, CacheMode mode, WaiterLimit.Permit permit) {
    return permit.refused().contains(id)
        ? CompletableFuture.completedFuture(findKnown(id, WaiterLimit.tooManyWaiters()))
        : lookup
            .get(id, mode)
            .handle(
                (found, failure) ->
                    new FoundState(
                        id, found, failure == null ? null : ProblemException.of(failure)));
  }

  private FoundState findKnown(ImageId id, ProblemException otherwise) {
    FoundImage known = lookup.find(id);
    return new FoundState(id, known, known == null ? otherwise : null);
  }

  private void answer(List<FoundState> states, ServerTiming timing, PendingResponse response) {
    response.answer(
        (request, answer) -> {
          timing.addTo(answer::setHeader, states);
          ImagesResponse.send(states, tools, request, answer);
        });
  }

  /**
   * Answers when all images are final, or as they stand when the time is over.
   *
   * @throws ProblemException where there is no permit
   */
  void await(List<ImageId> ids, CacheMode mode, Duration time, HttpServletRequest request) {
    WaiterLimit.Permit permit = limit.acquire(WaiterLimit.Kind.WAIT, ids);
    var caller =
        new LongPoll(ids, request, tools, permit.release(), ImageRenderer.STATE) {
          @Override
          void send(List<FoundState> states) {
            List<FoundState> latest = states.stream().map(PendingImages.this::update).toList();
            answer((asked, answer) -> ImagesResponse.send(latest, tools, asked, answer));
          }
        };
    caller.open();
    caller.setTask(tools.after(time, () -> Thread.startVirtualThread(caller::onEnd)));
    caller.begin(mode, findSettled(ids, mode, permit));
  }

  /** With its age now, as the caller has waited for others since. */
  private FoundState update(FoundState state) {
    FoundImage known = lookup.find(state.id());
    FoundImage found = state.found();
    return known == null || (found != null && known.isOlderThan(found))
        ? state
        : new FoundState(state.id(), known, null);
  }

  /**
   * Sends the images' states at each change, until all are final.
   *
   * @throws ProblemException where there is no permit
   */
  void stream(List<ImageId> ids, HttpServletRequest request) {
    WaiterLimit.Permit permit = limit.acquire(WaiterLimit.Kind.STREAM, ids);
    var stream = new EventStream(request, tools, permit.release());
    Map<ImageId, FoundState> settled = findSettled(ids, CacheMode.DEFAULT, permit);
    stream.open();
    settled.values().forEach(stream::send);
    stream.begin(ids.stream().filter(id -> !settled.containsKey(id)).toList());
  }

  /** The images of which more is not awaited: final ones, and those too many wait for already. */
  private Map<ImageId, FoundState> findSettled(
      List<ImageId> ids, CacheMode mode, WaiterLimit.Permit permit) {
    Map<ImageId, FoundState> settled = new LinkedHashMap<>();
    findHits(ids, mode).forEach(hit -> settled.put(hit.id(), hit));
    for (ImageId id : permit.refused()) {
      settled.computeIfAbsent(id, _ -> findKnown(id, WaiterLimit.tooManyWaiters()));
    }
    return settled;
  }
}
