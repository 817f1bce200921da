package dev.cloakroom.lookup;

import dev.cloakroom.cache.ImageCache.Demand;
import dev.cloakroom.image.ImageId;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.ee11.servlet.ServletContextRequest;
import org.jspecify.annotations.Nullable;

/** An answer that is kept open, without a thread, until there is something to tell. */
abstract class OpenAnswer implements ImageWatch.Watcher {

  private final ImageId id;
  private final HttpServletRequest request;
  private final AsyncContext context;
  private final HttpServletResponse response;
  private final HangUp hangUp;
  private final ImageWatch watch;
  private final Runnable over;
  private final AtomicBoolean isOver = new AtomicBoolean();
  private final AtomicBoolean isComplete = new AtomicBoolean();
  private volatile @Nullable ScheduledFuture<?> task;

  /**
   * Takes the request away from its thread.
   *
   * @param over runs once, when the answer is complete
   */
  OpenAnswer(ImageId id, HttpServletRequest request, ImageWatch watch, Runnable over) {
    this.id = id;
    this.request = request;
    this.watch = watch;
    this.over = over;
    this.context = request.startAsync();
    this.context.setTimeout(0);
    this.response = (HttpServletResponse) context.getResponse();
    this.hangUp =
        HangUp.listen(
            ServletContextRequest.getServletContextRequest(request),
            () -> Thread.startVirtualThread(this::callerHasGone));
  }

  /** Begins to watch the image. */
  final void begin(Demand demand) {
    watch.join(id, demand, this);
    if (isOver.get()) {
      // The caller left before it was known to the watch.
      watch.leave(id, this);
    }
  }

  final ImageId id() {
    return id;
  }

  final HttpServletRequest request() {
    return request;
  }

  final HttpServletResponse response() {
    return response;
  }

  /** Is cancelled when the answer is complete. */
  final void setTask(ScheduledFuture<?> scheduled) {
    task = scheduled;
    if (isComplete.get()) {
      scheduled.cancel(false);
    }
  }

  private void callerHasGone() {
    if (finish()) {
      cutOff();
    }
  }

  /** Watches no longer; true the first time only. Whoever gets that completes the answer. */
  final boolean finish() {
    if (!isOver.compareAndSet(false, true)) {
      return false;
    }
    hangUp.stop();
    watch.leave(id, this);
    return true;
  }

  final boolean isFinished() {
    return isOver.get();
  }

  /** Lets the server send the end of the answer. */
  final void complete() {
    if (!isComplete.compareAndSet(false, true)) {
      return;
    }
    ScheduledFuture<?> scheduled = task;
    if (scheduled != null) {
      scheduled.cancel(false);
    }
    over.run();
    context.complete();
  }

  /** Ends the connection, and with it the answer, however much of it was read. */
  final void cutOff() {
    hangUp.cutOff();
    complete();
  }
}
