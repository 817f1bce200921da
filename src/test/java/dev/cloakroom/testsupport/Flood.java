package dev.cloakroom.testsupport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;

/** Many callers at once, each on a connection of its own and from one of ten addresses. */
public final class Flood implements AutoCloseable {

  private static final int ADDRESSES = 10;

  private final Selector selector;
  private final ByteBuffer input = ByteBuffer.allocate(16 * 1024);
  private final Map<String, Integer> outcomes = new TreeMap<>();

  /** What a caller sends, and whether it has sent it. */
  private static final class Request {
    private final ByteBuffer bytes;

    private Request(String text) {
      bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
    }
  }

  /** Connects them all; what each sends need not be a whole request. */
  public Flood(int port, int callers, IntFunction<String> request) {
    try {
      selector = Selector.open();
      for (int i = 0; i < callers; i++) {
        SocketChannel channel = SocketChannel.open();
        channel.bind(new InetSocketAddress("127.0.0." + (2 + i % ADDRESSES), 0));
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_CONNECT, new Request(request.apply(i)));
        channel.connect(new InetSocketAddress("127.0.0.1", port));
        if (i % 100 == 0) {
          selector.selectNow(this::goOn);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * How many callers came to what: the status of an answer, {@code closed} without one, or still
   * {@code open} when the time is over.
   */
  public Map<String, Integer> outcomesWithin(Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    try {
      while (!selector.keys().isEmpty() && System.nanoTime() < deadline) {
        selector.select(this::goOn, 100);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Map<String, Integer> all = new TreeMap<>(outcomes);
    if (!selector.keys().isEmpty()) {
      all.put("open", selector.keys().size());
    }
    return all;
  }

  private void goOn(SelectionKey key) {
    SocketChannel channel = (SocketChannel) key.channel();
    try {
      if (key.isConnectable() && channel.finishConnect()) {
        key.interestOps(SelectionKey.OP_WRITE);
      } else if (key.isWritable()) {
        ByteBuffer bytes = ((Request) key.attachment()).bytes;
        channel.write(bytes);
        key.interestOps(bytes.hasRemaining() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
      } else if (key.isReadable()) {
        int read = channel.read(input.clear());
        end(key, read < 0 ? "closed" : new String(input.array(), 9, 3, StandardCharsets.US_ASCII));
      }
    } catch (IOException _) {
      end(key, "closed");
    }
  }

  private void end(SelectionKey key, String outcome) {
    outcomes.merge(outcome, 1, Integer::sum);
    key.cancel();
    try {
      key.channel().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    for (SelectionKey key : selector.keys()) {
      key.channel().close();
    }
    selector.close();
  }
}
