package dev.cloakroom.server;

import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.TryExecutor;

/**
 * Runs a connector's tasks on the server's threads, but for one: after an answer from elsewhere,
 * its connection waits for the next request at once, where Jetty would have a thread try to read.
 */
record ConnectionExecutor(TryExecutor threads) implements TryExecutor {

  /** What Jetty does when there is something to read. */
  private record NextRequest(HttpConnection connection) implements Callback {

    @Override
    public void succeeded() {
      connection.onFillable();
    }

    @Override
    public void failed(Throwable cause) {
      connection.onFillInterestedFailed(cause);
    }

    @Override
    public InvocationType getInvocationType() {
      return connection.getServer().getInvocationType();
    }
  }

  static ConnectionExecutor of(Server server) {
    return new ConnectionExecutor(TryExecutor.asTryExecutor(server.getThreadPool()));
  }

  @Override
  public void execute(Runnable task) {
    if (task instanceof HttpConnection connection && hasNoRequest(connection)) {
      connection.fillInterested(new NextRequest(connection));
    } else {
      threads.execute(task);
    }
  }

  @Override
  public boolean tryExecute(Runnable task) {
    return threads.tryExecute(task);
  }

  /** Neither the whole nor the beginning of one was read together with the one before. */
  private static boolean hasNoRequest(HttpConnection connection) {
    return connection.isRequestBufferEmpty() && connection.getParser().isStart();
  }
}
