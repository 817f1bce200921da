package dev.cloakroom.lookup;

import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.cache.ImageCache.Demand;
import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.ee11.servlet.ServletContextRequest;
import org.jspecify.annotations.Nullable;

/** An open answer for a caller who wants to know how an image goes on. */
abstract class SubscribedResponse extends PendingResponse implements ImagePoller.Subscriber {

  /** An image that was just queued may not be registered yet. */
  private static final Duration LONGEST_MISSING = Duration.ofSeconds(10);

  private final ImageId id;
  private final DisconnectListener hangUp;
  private final Instant start;
  private final AtomicBoolean isOver = new AtomicBoolean();
  private volatile @Nullable ScheduledFuture<?> task;

  SubscribedResponse(
      ImageId id, HttpServletRequest request, PendingResponses.Tools tools, Runnable over) {
    super(request, tools, over);
    this.id = id;
    this.start = tools.now();
    this.hangUp =
        new DisconnectListener(
            ServletContextRequest.getServletContextRequest(request),
            () -> Thread.startVirtualThread(this::callerHasGone));
  }

  /** Begins to notice whether the caller leaves. */
  void open() {
    hangUp.listen();
  }

  /** Begins to watch the image. */
  final void begin(Demand demand) {
    tools().watch().join(id, demand, this);
    if (isOver.get()) {
      // The caller left before it was known to the watch.
      tools().watch().leave(id, this);
    }
  }

  /** Is cancelled when the answer is complete. */
  final void setTask(ScheduledFuture<?> scheduled) {
    task = scheduled;
    if (isComplete()) {
      scheduled.cancel(false);
    }
  }

  /** Ends the answer where the vendor has not known the image for too long. */
  final void giveUpIfMissing(FoundImage found) {
    if (found.image() instanceof Image.Missing
        && !tools().now().isBefore(start.plus(LONGEST_MISSING))) {
      Thread.startVirtualThread(this::ends);
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
    tools().watch().leave(id, this);
    return true;
  }

  final boolean isFinished() {
    return isOver.get();
  }

  @Override
  final void complete() {
    super.complete();
    ScheduledFuture<?> scheduled = task;
    if (scheduled != null) {
      scheduled.cancel(false);
    }
  }

  /** Ends the connection, and with it the answer, however much of it was read. */
  final void cutOff() {
    hangUp.cutOff();
    complete();
  }
}
