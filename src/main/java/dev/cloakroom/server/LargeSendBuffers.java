package dev.cloakroom.server;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.NetworkChannel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.springframework.stereotype.Component;

/**
 * Has the kernel take large bodies at once, for so many connections that its memory is bounded; on
 * others, large bodies need several writes.
 */
@Component
public final class LargeSendBuffers {

  private static final int MAX_CONNECTIONS = 64;

  /** Bytes, which the kernel doubles for what it adds to them. */
  private static final int SIZE = 256 * 1024;

  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();

  /** For the connection of a request, until that is closed. */
  public void enlarge(Request request) {
    Connection connection = request.getConnectionMetaData().getConnection();
    if (connections.contains(connection) || connections.size() >= MAX_CONNECTIONS) {
      return;
    }
    EndPoint endPoint = connection.getEndPoint();
    if (endPoint.getTransport() instanceof NetworkChannel socket && connections.add(connection)) {
      connection.addEventListener(
          new Connection.Listener() {
            @Override
            public void onClosed(Connection closed) {
              connections.remove(closed);
            }
          });
      try {
        socket.setOption(StandardSocketOptions.SO_SNDBUF, SIZE);
      } catch (IOException _) {
        // It is closed, as the write will find out.
      }
      if (!endPoint.isOpen()) {
        connections.remove(connection);
      }
    }
  }
}
