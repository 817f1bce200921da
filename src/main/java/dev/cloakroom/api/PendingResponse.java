package dev.cloakroom.api;

import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.image.Requester;
import io.micrometer.observation.Observation;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A response that is sent later, and takes no thread until then. */
class PendingResponse {

  private static final Logger log = LoggerFactory.getLogger(PendingResponse.class);

  private final HttpServletRequest request;
  private final PendingResponses.Tools tools;
  private final Runnable over;
  private final ImageRenderer renderer;
  private final AsyncContext context;
  private final HttpServletResponse response;
  private final Requester requester = Requester.current();
  private final @Nullable Observation observation;
  private final AtomicBoolean isReleased = new AtomicBoolean();
  private final AtomicBoolean isComplete = new AtomicBoolean();

  /**
   * Takes the request away from its thread.
   *
   * @param over runs once, when nothing is waited for any more
   * @param renderer of what is sent where the image is found
   */
  PendingResponse(
      HttpServletRequest request,
      PendingResponses.Tools tools,
      Runnable over,
      ImageRenderer renderer) {
    this.request = request;
    this.tools = tools;
    this.over = over;
    this.renderer = renderer;
    this.context = request.startAsync();
    this.context.setTimeout(0);
    this.response = (HttpServletResponse) context.getResponse();
    this.observation = tools.observations().getCurrentObservation();
  }

  final HttpServletRequest request() {
    return request;
  }

  final HttpServletResponse response() {
    return response;
  }

  final PendingResponses.Tools tools() {
    return tools;
  }

  final Requester requester() {
    return requester;
  }

  final boolean isComplete() {
    return isComplete.get();
  }

  /** The whole answer: for the image, or the problem where there is none. May block. */
  final void answer(@Nullable FoundImage found, @Nullable Throwable problem) {
    if (found == null) {
      send(null, problem);
      return;
    }
    CompletableFuture<ImageRenderer.Sender> sender;
    try (Observation.Scope _ = openScope()) {
      sender = requester.call(() -> render(found));
    }
    if (sender.isDone()) {
      var _ = sender.whenComplete(this::send);
    } else {
      var _ = sender.whenCompleteAsync(this::send, Thread::startVirtualThread);
    }
  }

  /** The whole answer, as the sender writes it. May block. */
  final void answer(ImageRenderer.Sender sender) {
    send(sender, null);
  }

  private CompletableFuture<ImageRenderer.Sender> render(FoundImage found) {
    try {
      tools.metrics().count(found);
      RequestSpan.describe(request, found);
      return renderer.render(found);
    } catch (RuntimeException failure) {
      return CompletableFuture.failedFuture(failure);
    }
  }

  private void send(ImageRenderer.@Nullable Sender sender, @Nullable Throwable problem) {
    release();
    try {
      requester.run(() -> write(sender, problem));
    } finally {
      complete();
    }
  }

  private void write(ImageRenderer.@Nullable Sender sender, @Nullable Throwable problem) {
    try {
      if (sender == null) {
        sendProblem(problem);
      } else {
        sender.send(request, response);
      }
    } catch (IOException | RuntimeException failure) {
      sendProblem(failure);
    }
  }

  /** A caller who only reads slowly takes no place. */
  private void release() {
    if (isReleased.compareAndSet(false, true)) {
      over.run();
    }
  }

  /** Of the request's own trace, for the log and for what it causes. */
  private Observation.Scope openScope() {
    return observation == null ? Observation.Scope.NOOP : observation.openScope();
  }

  private void sendProblem(@Nullable Throwable failure) {
    try (Observation.Scope _ = openScope()) {
      tools.exit().handle(asException(failure), request, response);
    } catch (Exception gone) {
      log.debug("The caller of {} has disconnected", request.getRequestURI(), gone);
    }
  }

  private static Exception asException(@Nullable Throwable failure) {
    return failure instanceof Exception exception ? exception : new IllegalStateException(failure);
  }

  /** Lets the server send the end of the answer. */
  void complete() {
    if (isComplete.compareAndSet(false, true)) {
      release();
      context.complete();
    }
  }
}
