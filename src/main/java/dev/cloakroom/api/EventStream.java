package dev.cloakroom.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.image.Representation;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * A client of an image's events (the HTML standard's "server-sent events").
 *
 * <p>At most a few events wait for a client, the latest ones; a client that reads nothing for two
 * heartbeats is cut off.
 */
final class EventStream extends SubscribedResponse {

  private static final String RETRY = "retry: 3000\n\n";
  private static final String HEARTBEAT = ":\n\n";
  private static final int MAX_PENDING = 16;

  private final Queue<String> pending = new ArrayDeque<>();
  private long lastEvent;
  private String lastSent = "";
  private @Nullable FoundImage latest;
  private boolean isWriting;
  private boolean isStuck;

  EventStream(ImageId id, HttpServletRequest request, PendingResponses.Tools tools, Runnable over) {
    super(id, request, tools, over, ImageRenderer.STATE);
    String last = request.getHeader("Last-Event-ID");
    this.lastEvent = last != null && last.matches("[0-9]{1,9}") ? Long.parseLong(last) : 0;
  }

  @Override
  void open() {
    super.open();
    write(RETRY);
  }

  /** An event for each change of the state; an unknown image has none yet. */
  @Override
  public synchronized void onUpdate(FoundImage found) {
    Representation representation = found.representation();
    if (isFinished() || (latest != null && found.isOlderThan(latest))) {
      return;
    }
    latest = found;
    giveUpIfMissing(found);
    if (representation != null && !representation.etag().equals(lastSent)) {
      lastSent = representation.etag();
      tools().metrics().count(found.collapsed());
      event("image", representation.json());
    }
  }

  @Override
  public synchronized void onError(ProblemException problem) {
    if (!problem.problem().id().equals(lastSent) && !isFinished()) {
      lastSent = problem.problem().id();
      event("problem", json(problem));
    }
  }

  @Override
  public synchronized void onComplete() {
    if (!finish()) {
      return;
    }
    boolean isUnknown = latest != null && latest.representation() == null;
    if (isUnknown) {
      event("problem", json(Problem.IMAGE_NOT_FOUND.exception()));
    } else if (latest == null || !latest.image().isFinal()) {
      write(RETRY);
    }
    if (!isWriting) {
      complete();
    }
  }

  /** A sign of life; the end, if the client has read nothing since the last. */
  synchronized void sendHeartbeat() {
    if (!isWriting) {
      write(HEARTBEAT);
    } else if (!isStuck) {
      isStuck = true;
    } else {
      finish();
      cutOff();
    }
  }

  private byte[] json(ProblemException problem) {
    return tools().exit().json(problem, request());
  }

  private void event(String name, byte[] json) {
    lastEvent++;
    write("event: " + name + "\nid: " + lastEvent + "\ndata: " + new String(json, UTF_8) + "\n\n");
  }

  private synchronized void write(String text) {
    if (pending.size() == MAX_PENDING) {
      pending.remove();
    }
    pending.add(text);
    if (!isWriting) {
      isWriting = true;
      Thread.startVirtualThread(this::drain);
    }
  }

  private void drain() {
    try {
      for (String text = poll(); text != null; text = poll()) {
        response().getOutputStream().write(text.getBytes(UTF_8));
        response().flushBuffer();
      }
    } catch (IOException _) {
      finish();
      cutOff();
    }
  }

  private synchronized @Nullable String poll() {
    isStuck = false;
    String text = pending.poll();
    if (text == null) {
      isWriting = false;
      if (isFinished()) {
        complete();
      }
    }
    return text;
  }
}
