package dev.cloakroom.server;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CancellationException;
import org.eclipse.jetty.ee11.servlet.ServletContextRequest;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;

/**
 * Notices that a caller disconnects while its response is pending, when Jetty does not read.
 *
 * <p>What a caller sends meanwhile is discarded, and the connection closes after the answer: kept,
 * it would take memory that callers decide on.
 */
public final class DisconnectListener implements Callback {

  private static final int READ_AT_ONCE = 4096;

  private final Request request;
  private final EndPoint endPoint;
  private final Runnable gone;
  private boolean isListening;
  private boolean isOver;

  /**
   * Does not read yet.
   *
   * @param gone runs at most once; must not block
   */
  public DisconnectListener(HttpServletRequest servletRequest, Runnable gone) {
    this.request = ServletContextRequest.getServletContextRequest(servletRequest);
    this.endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
    this.gone = gone;
  }

  /**
   * Reads until {@link #stop}, which must come before the answer's end. In vain where the protocol
   * reads all the time, and notices by itself.
   */
  public synchronized void start() {
    isListening = !isOver && endPoint.tryFillInterested(this);
  }

  @Override
  public InvocationType getInvocationType() {
    return InvocationType.NON_BLOCKING;
  }

  /** There is something to read, be it the end. */
  @Override
  public void succeeded() {
    if (isAtEnd()) {
      gone.run();
    }
  }

  private synchronized boolean isAtEnd() {
    isListening = false;
    if (isOver) {
      return false;
    }
    ByteBuffer early = BufferUtil.allocate(READ_AT_ONCE);
    try {
      int read = endPoint.fill(early);
      if (read < 0) {
        isOver = true;
        return true;
      }
      if (read > 0 && request.getConnectionMetaData() instanceof HttpConnection http) {
        // The next request is incomplete now, so nothing that follows can be answered.
        http.getGenerator().setPersistent(false);
      }
      start();
      return false;
    } catch (IOException _) {
      isOver = true;
      return true;
    }
  }

  @Override
  public void failed(Throwable cause) {
    if (!(cause instanceof CancellationException)) {
      gone.run();
    }
  }

  /** Leaves reading to Jetty again. */
  public void stop() {
    boolean isToCancel;
    synchronized (this) {
      isOver = true;
      isToCancel = isListening;
    }
    if (isToCancel && endPoint instanceof AbstractEndPoint known) {
      known.getFillInterest().onFail(new CancellationException());
    }
  }

  /** Ends the connection, whatever is still to be written. */
  public void cutOff() {
    endPoint.close();
  }
}
