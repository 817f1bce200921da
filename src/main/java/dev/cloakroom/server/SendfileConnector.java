package dev.cloakroom.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/** Has the kernel send a file's bytes by itself where Jetty would copy them from a mapping. */
public final class SendfileConnector extends ServerConnector {

  /** Bytes of a file that are copied: they share the head's packet, which has up to 64 KiB. */
  private static final int WITH_HEAD = 60 * 1024;

  private record MappedFile(ByteBuffer bytes, FileChannel file) {

    @SuppressWarnings("ReferenceEquality") // others' bytes may be the same
    boolean isLastOf(ByteBuffer[] buffers) {
      return buffers.length > 0 && buffers[buffers.length - 1] == bytes;
    }

    /** Those of the bytes that the socket takes. */
    int transferTo(SocketChannel socket) throws IOException {
      int sent = (int) file.transferTo(bytes.position(), bytes.remaining(), socket);
      if (sent == 0 && bytes.hasRemaining() && file.size() <= bytes.position()) {
        throw new EofException("a file became shorter while it was sent");
      }
      bytes.position(bytes.position() + sent);
      return sent;
    }
  }

  private static final class FileEndPoint extends SocketChannelEndPoint {

    private volatile @Nullable MappedFile body;

    FileEndPoint(
        SocketChannel channel, ManagedSelector selector, SelectionKey key, Scheduler scheduler) {
      super(channel, selector, key, scheduler);
    }

    @Override
    public boolean flush(ByteBuffer... buffers) throws IOException {
      MappedFile body = this.body;
      if (body == null || !body.isLastOf(buffers) || !body.file.isOpen()) {
        return super.flush(buffers);
      }
      if (buffers.length > 1 && !flushHead(buffers, body)) {
        return false;
      }
      if (transfer(body) > 0) {
        notIdle();
      }
      boolean isSent = !body.bytes.hasRemaining();
      if (isSent) {
        this.body = null;
      }
      return isSent;
    }

    /** With the first bytes of the file: alone it would be a packet of its own. */
    private boolean flushHead(ByteBuffer[] buffers, MappedFile body) throws IOException {
      ByteBuffer start = body.bytes.duplicate();
      start.limit(start.position() + Math.min(start.remaining(), WITH_HEAD));
      ByteBuffer[] head = buffers.clone();
      head[head.length - 1] = start;
      boolean isSent = super.flush(head);
      body.bytes.position(start.position());
      return isSent;
    }

    private int transfer(MappedFile body) throws IOException {
      try {
        return body.transferTo(getChannel());
      } catch (EofException e) {
        throw e;
      } catch (IOException e) {
        throw new EofException(e);
      }
    }
  }

  SendfileConnector(Server server, int acceptors, int selectors, ConnectionFactory... protocols) {
    super(server, ConnectionExecutor.of(server), null, null, acceptors, selectors, protocols);
  }

  /**
   * To be called before the response of a request is written.
   *
   * @param bytes the whole file, mapped; the very buffer that will be written
   */
  public static void prepare(Request request, ByteBuffer bytes, FileChannel file) {
    if (request.getConnectionMetaData().getConnection().getEndPoint()
        instanceof FileEndPoint endPoint) {
      endPoint.body = new MappedFile(bytes, file);
    }
  }

  @Override
  protected SocketChannelEndPoint newEndPoint(
      SocketChannel channel, ManagedSelector selector, SelectionKey key) {
    var endPoint = new FileEndPoint(channel, selector, key, getScheduler());
    endPoint.setIdleTimeout(getIdleTimeout());
    return endPoint;
  }
}
