package dev.cloakroom.server;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpParser;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.IdleTimeout;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Closes connections on which the head of a request does not end in time, and idle ones when there
 * are as many connections as may be, or the server stops.
 *
 * <p>Jetty's idle timeout starts anew with each byte, and a short one would be checked for each
 * caller who waits, too.
 */
final class ConnectionReaper extends AbstractLifeCycle {

  private static final Duration HEAD_LIMIT = Duration.ofSeconds(10);
  private static final Duration IDLE_LIMIT = Duration.ofSeconds(1);
  private static final Duration INTERVAL = Duration.ofSeconds(2);

  /**
   * A head that has begun.
   *
   * @param requests of the connection before it
   * @param since when it was first seen, by {@link System#nanoTime}
   */
  private record Head(long requests, long since) {}

  private final ServerConnector connector;
  private Map<HttpConnection, Head> unfinished = Map.of();
  private volatile Scheduler.@Nullable Task next;

  ConnectionReaper(ServerConnector connector) {
    this.connector = connector;
  }

  @Override
  protected void doStart() {
    scheduleNext();
  }

  @Override
  protected void doStop() {
    Scheduler.Task task = next;
    if (task != null) {
      task.cancel();
    }
  }

  private void scheduleNext() {
    next =
        connector.getScheduler().schedule(this::check, INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void check() {
    try {
      closeLateOnes();
    } finally {
      if (isRunning()) {
        scheduleNext();
      }
    }
  }

  private void closeLateOnes() {
    long now = System.nanoTime();
    if (!connector.isAccepting()) {
      closeIdleOnes();
    }
    Map<HttpConnection, Head> still = new HashMap<>();
    for (EndPoint endPoint : connector.getConnectedEndPoints()) {
      if (endPoint.getConnection() instanceof HttpConnection connection && isInHead(connection)) {
        Head head = headOf(connection, now);
        if (now - head.since() >= HEAD_LIMIT.toNanos()) {
          endPoint.close();
        } else {
          still.put(connection, head);
        }
      }
    }
    unfinished = still;
  }

  /** Closes each connection on which nobody waits for an answer, and nothing has come of late. */
  void closeIdleOnes() {
    connector.getConnectedEndPoints().stream()
        .filter(ConnectionReaper::isIdle)
        .forEach(EndPoint::close);
  }

  private static boolean isIdle(EndPoint endPoint) {
    return endPoint.getConnection() instanceof HttpConnection
        && !hasRequest(endPoint)
        && endPoint instanceof IdleTimeout idle
        && idle.getIdleFor() >= IDLE_LIMIT.toMillis();
  }

  static boolean hasRequest(EndPoint endPoint) {
    return endPoint.getConnection() instanceof HttpConnection connection
        && connection.getHttpChannel().getRequest() != null;
  }

  private static boolean isInHead(HttpConnection connection) {
    HttpParser parser = connection.getParser();
    return parser.inHeaderState() && !parser.isStart();
  }

  private Head headOf(HttpConnection connection, long now) {
    Head known = unfinished.get(connection);
    long requests = connection.getMessagesIn();
    return known != null && known.requests() == requests ? known : new Head(requests, now);
  }
}
