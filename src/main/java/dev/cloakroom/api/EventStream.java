package dev.cloakroom.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.cloakroom.cache.CacheMode;
import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.image.Representation;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;

/**
 * A client of the events of one or many images (the HTML standard's "server-sent events").
 *
 * <p>The latest event of each image waits for a client that reads slowly; one that reads nothing
 * for two heartbeats is cut off.
 */
final class EventStream extends SubscribedResponse {

  /** What is written at once; made when its turn comes. */
  private interface Event {
    byte[][] bytes();
  }

  private static final Event RETRY = text("retry: 3000\n\n");
  private static final Event HEARTBEAT = text(":\n\n");
  private static final byte[] END = "\n\n".getBytes(UTF_8);

  private final Queue<Event> pending = new ArrayDeque<>();
  private long lastEvent;
  private boolean isToBeContinued;
  private boolean isWriting;
  private boolean isStuck;

  EventStream(HttpServletRequest request, PendingResponses.Tools tools, Runnable over) {
    super(request, tools, over, ImageRenderer.STATE);
    String last = request.getHeader("Last-Event-ID");
    this.lastEvent = last != null && last.matches("[0-9]{1,9}") ? Long.parseLong(last) : 0;
  }

  /** Sets the headers, for HEAD too. */
  static void prepare(HttpServletResponse response) {
    response.setContentType(MediaType.TEXT_EVENT_STREAM_VALUE);
    response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
    response.setHeader("X-Accel-Buffering", "no");
  }

  private static Event text(String text) {
    byte[][] bytes = {text.getBytes(UTF_8)};
    return () -> bytes;
  }

  @Override
  void open() {
    super.open();
    write(RETRY);
    scheduleHeartbeat();
  }

  /** Subscribes to the images. */
  void begin(List<ImageId> ids) {
    begin(ids.stream().map(Subscribed::new).toList(), CacheMode.DEFAULT);
  }

  /** Sends what is known of an image that is not subscribed to. */
  synchronized void send(FoundState state) {
    isToBeContinued |= !state.isFinal();
    var image = new Subscribed(state.id());
    if (state.found() != null) {
      image.onUpdate(state.found());
    } else {
      image.onError(Objects.requireNonNull(state.problem()));
    }
  }

  /** One of the images; guarded by the stream's lock. */
  private final class Subscribed extends Subscription implements Event {

    private @Nullable FoundImage latest;
    private @Nullable ProblemException problem;
    private String lastEventOfIt = "";
    private boolean isPending;

    private Subscribed(ImageId id) {
      super(id);
    }

    /** An event for each change of the state; an unknown image has none yet. */
    @Override
    public void onUpdate(FoundImage found) {
      synchronized (EventStream.this) {
        if (isFinished() || isEnded() || (latest != null && found.isOlderThan(latest))) {
          return;
        }
        latest = found;
        giveUpIfMissing(found);
        Representation representation = found.representation();
        if (representation != null && !representation.etag().equals(lastEventOfIt)) {
          problem = null;
          send(representation.etag());
        }
      }
    }

    @Override
    public void onError(ProblemException problem) {
      synchronized (EventStream.this) {
        if (!problem.problem().id().equals(lastEventOfIt) && !isFinished() && !isEnded()) {
          this.problem = problem;
          send(problem.problem().id());
        }
      }
    }

    /** The client of an unfinished image is to come back. */
    @Override
    public void onComplete() {
      synchronized (EventStream.this) {
        if (isFinished() || isEnded()) {
          return;
        }
        if (latest != null && latest.representation() == null) {
          problem = Problem.IMAGE_NOT_FOUND.exception();
          send(Problem.IMAGE_NOT_FOUND.id());
          end();
        } else if (latest != null && latest.image().isFinal()) {
          end();
        } else {
          isToBeContinued = true;
          onEnd();
        }
      }
    }

    private void send(String event) {
      lastEventOfIt = event;
      if (!isPending) {
        isPending = true;
        write(this);
      }
    }

    @Override
    public byte[][] bytes() {
      isPending = false;
      ProblemException problem = this.problem;
      this.problem = null;
      if (problem != null) {
        return event("problem", json(problem));
      }
      FoundImage found = Objects.requireNonNull(latest);
      tools().metrics().count(found.collapsed());
      return event("image", Objects.requireNonNull(found.representation()).json());
    }

    private byte[] json(ProblemException problem) {
      Map<String, Object> members = Map.of("id", Representation.jsonId(id()));
      return tools()
          .exit()
          .json(problem, request(), response(), "/images/" + id() + "/events", members);
    }
  }

  private byte[][] event(String name, byte[] json) {
    lastEvent++;
    String head = "event: " + name + "\nid: " + lastEvent + "\ndata: ";
    return new byte[][] {head.getBytes(UTF_8), json, END};
  }

  /** The events that wait are still sent. */
  @Override
  synchronized void onEnd() {
    if (!finish()) {
      return;
    }
    if (isToBeContinued) {
      write(RETRY);
    }
    if (!isWriting) {
      complete();
    }
  }

  private void scheduleHeartbeat() {
    setTask(
        tools()
            .after(
                tools().heartbeat(),
                () -> {
                  sendHeartbeat();
                  scheduleHeartbeat();
                }));
  }

  /** A sign of life; the end, if the client has read nothing since the last. */
  private synchronized void sendHeartbeat() {
    if (!isWriting) {
      write(HEARTBEAT);
    } else if (!isStuck) {
      isStuck = true;
    } else {
      finish();
      cutOff();
    }
  }

  private synchronized void write(Event event) {
    pending.add(event);
    if (!isWriting) {
      isWriting = true;
      Thread.startVirtualThread(() -> requester().run(this::drain));
    }
  }

  private void drain() {
    try {
      OutputStream out = response().getOutputStream();
      for (byte[][] bytes = poll(); bytes != null; bytes = poll()) {
        for (byte[] part : bytes) {
          out.write(part);
        }
        response().flushBuffer();
      }
    } catch (IOException _) {
      finish();
      cutOff();
    }
  }

  private synchronized byte @Nullable [][] poll() {
    isStuck = false;
    Event event = pending.poll();
    if (event == null) {
      isWriting = false;
      if (isFinished()) {
        complete();
      }
      return null;
    }
    return event.bytes();
  }
}
