package dev.cloakroom.lookup;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CancellationException;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;

/**
 * Notices that a caller has gone while its answer is open, when Jetty does not read from it.
 *
 * <p>What a caller sends early, of its next request, is given back to Jetty.
 */
final class HangUp implements Callback {

  private static final int MOST_EARLY_BYTES = 1024;

  private final Connection connection;
  private final EndPoint endPoint;
  private final Runnable gone;
  private boolean isListening;
  private boolean isOver;

  private HangUp(Connection connection, Runnable gone) {
    this.connection = connection;
    this.endPoint = connection.getEndPoint();
    this.gone = gone;
  }

  /**
   * Listens until {@link #stop}, which must come before the answer's end.
   *
   * @param gone is told at most once; must not block
   */
  static HangUp listen(Request request, Runnable gone) {
    var hangUp = new HangUp(request.getConnectionMetaData().getConnection(), gone);
    hangUp.listen();
    return hangUp;
  }

  /** In vain where the protocol reads all the time, and notices by itself. */
  private synchronized void listen() {
    isListening = endPoint.tryFillInterested(this);
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
    ByteBuffer early = BufferUtil.allocate(MOST_EARLY_BYTES);
    try {
      int read = endPoint.fill(early);
      isOver = read != 0;
      if (read == 0) {
        listen();
      } else if (read > 0 && connection instanceof Connection.UpgradeTo next) {
        next.onUpgradeTo(early);
      }
      return read < 0;
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
  void stop() {
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
  void cutOff() {
    endPoint.close();
  }
}
