package dev.cloakroom.api;

import dev.cloakroom.cache.CacheMode;
import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.lookup.ImagePoller;
import dev.cloakroom.server.DisconnectListener;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A pending response that follows an image. */
abstract class SubscribedResponse extends PendingResponse implements ImagePoller.Subscriber {

  /** An image that was just queued may not be registered yet. */
  private static final Duration MAX_MISSING = Duration.ofSeconds(10);

  private final ImageId id;
  private final DisconnectListener disconnectListener;
  private final Instant start;
  private final AtomicBoolean isOver = new AtomicBoolean();
  private volatile @Nullable ScheduledFuture<?> task;

  SubscribedResponse(
      ImageId id,
      HttpServletRequest request,
      PendingResponses.Tools tools,
      Runnable over,
      ImageRenderer renderer) {
    super(request, tools, over, renderer);
    this.id = id;
    this.start = tools.now();
    this.disconnectListener =
        new DisconnectListener(request, () -> Thread.startVirtualThread(this::onDisconnect));
  }

  /** Notices from now on when the caller disconnects. */
  void open() {
    disconnectListener.start();
  }

  /** Subscribes to the image. */
  final void begin(CacheMode mode) {
    tools().poller().subscribe(id, mode, this);
    if (isOver.get()) {
      // The caller left before it was known to the schedule.
      tools().poller().unsubscribe(id, this);
    }
  }

  /** Is cancelled when the answer is complete. */
  final void setTask(ScheduledFuture<?> scheduled) {
    task = scheduled;
    if (isComplete()) {
      scheduled.cancel(false);
    }
  }

  /** Ends the response where the vendor has not known the image for too long. */
  final void giveUpIfMissing(FoundImage found) {
    if (found.image() instanceof Image.Missing
        && !tools().now().isBefore(start.plus(MAX_MISSING))) {
      Thread.startVirtualThread(this::onComplete);
    }
  }

  private void onDisconnect() {
    if (finish()) {
      cutOff();
    }
  }

  /** Unsubscribes; true the first time only, for the one that completes the response. */
  final boolean finish() {
    if (!isOver.compareAndSet(false, true)) {
      return false;
    }
    disconnectListener.stop();
    tools().poller().unsubscribe(id, this);
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
    disconnectListener.cutOff();
    complete();
  }
}
