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
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A pending response that follows images. */
abstract class SubscribedResponse extends PendingResponse {

  /** An image that was just queued may not be registered yet. */
  private static final Duration MAX_MISSING = Duration.ofSeconds(10);

  private final DisconnectListener disconnectListener;
  private final Instant start;
  private final AtomicBoolean isOver = new AtomicBoolean();
  private final AtomicInteger unfinished = new AtomicInteger();
  private volatile List<? extends Subscription> subscriptions = List.of();
  private volatile @Nullable ScheduledFuture<?> task;

  SubscribedResponse(
      HttpServletRequest request,
      PendingResponses.Tools tools,
      Runnable over,
      ImageRenderer renderer) {
    super(request, tools, over, renderer);
    this.start = tools.now();
    this.disconnectListener =
        new DisconnectListener(request, () -> Thread.startVirtualThread(this::onDisconnect));
  }

  /** One of the images. */
  abstract class Subscription implements ImagePoller.Subscriber {

    private final ImageId id;
    private boolean isEnded;

    Subscription(ImageId id) {
      this.id = id;
    }

    final ImageId id() {
      return id;
    }

    /** Nothing more is awaited of this image; with the last one the response ends. May block. */
    final void end() {
      if (isFirstEnd()) {
        tools().poller().unsubscribe(id, this);
        if (unfinished.decrementAndGet() == 0) {
          onEnd();
        }
      }
    }

    private synchronized boolean isFirstEnd() {
      boolean isFirst = !isEnded;
      isEnded = true;
      return isFirst;
    }

    final synchronized boolean isEnded() {
      return isEnded;
    }

    /** Ends it where the vendor has not known the image for too long. */
    final void giveUpIfMissing(FoundImage found) {
      if (found.image() instanceof Image.Missing
          && !tools().now().isBefore(start.plus(MAX_MISSING))) {
        Thread.startVirtualThread(this::onComplete);
      }
    }
  }

  /** Sends what is still to be sent, as nothing more is awaited. May block. */
  abstract void onEnd();

  /** Notices from now on when the caller disconnects. */
  void open() {
    disconnectListener.start();
  }

  /** Subscribes to the images. */
  final void begin(List<? extends Subscription> images, CacheMode mode) {
    unfinished.set(images.size());
    subscriptions = images;
    for (Subscription image : images) {
      if (isFinished()) {
        break;
      }
      tools().poller().subscribe(image.id(), mode, image);
    }
    if (isFinished()) {
      // The caller left before all were known to their schedules.
      unsubscribe();
    } else if (images.isEmpty()) {
      onEnd();
    }
  }

  /** Is cancelled when the answer is complete. */
  final void setTask(ScheduledFuture<?> scheduled) {
    task = scheduled;
    if (isComplete()) {
      scheduled.cancel(false);
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
    unsubscribe();
    return true;
  }

  private void unsubscribe() {
    for (Subscription image : subscriptions) {
      if (!image.isEnded()) {
        tools().poller().unsubscribe(image.id(), image);
      }
    }
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
