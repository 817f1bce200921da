package dev.cloakroom.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ConnectionExecutorTests {

  private static final class Threads extends QueuedThreadPool {

    private final Queue<Runnable> reads = new ConcurrentLinkedQueue<>();

    @Override
    public void execute(Runnable task) {
      if (task instanceof HttpConnection) {
        reads.add(task);
      }
      super.execute(task);
    }
  }

  private final Threads threads = new Threads();
  private final Server server = new Server(threads);
  private final SendfileConnector connector =
      new SendfileConnector(server, 1, 1, new HttpConnectionFactory());
  private final BlockingQueue<Runnable> answers = new LinkedBlockingQueue<>();

  @BeforeEach
  void start() throws Exception {
    server.addConnector(connector);
    server.setHandler(
        new Handler.Abstract.NonBlocking() {
          @Override
          public boolean handle(Request request, Response response, Callback callback) {
            String path = request.getHttpURI().getPath();
            return answers.add(() -> response.write(true, ISO_8859_1.encode(path), callback));
          }
        });
    server.start();
  }

  @AfterEach
  void stop() throws Exception {
    server.stop();
  }

  /** On this thread, which is none of the server's. */
  private void answer() throws InterruptedException {
    answers.take().run();
  }

  private Socket connect() throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), connector.getLocalPort());
    socket.setSoTimeout(20_000);
    return socket;
  }

  private static void send(Socket socket, String requests) throws IOException {
    socket.getOutputStream().write(requests.getBytes(ISO_8859_1));
  }

  private static String get(String path) {
    return "GET " + path + " HTTP/1.1\r\nHost: any\r\n\r\n";
  }

  private static BufferedReader reader(Socket socket) throws IOException {
    return new BufferedReader(new InputStreamReader(socket.getInputStream(), ISO_8859_1));
  }

  private static String body(BufferedReader reader, int length) throws IOException {
    String line = reader.readLine();
    while (line != null && !line.isEmpty()) {
      line = reader.readLine();
    }
    char[] body = new char[length];
    assertThat(reader.read(body)).isEqualTo(length);
    return new String(body);
  }

  @Test
  void readsTheNextRequestWithoutAThreadThatTriesFirst() throws Exception {
    try (Socket socket = connect()) {
      BufferedReader reader = reader(socket);
      for (int i = 0; i < 9; i++) {
        send(socket, get("/" + i));
        answer();

        assertThat(body(reader, 2)).isEqualTo("/" + i);
      }
    }

    assertThat(threads.reads).isEmpty();
  }

  @Test
  void answersRequestsThatCameTogether() throws Exception {
    try (Socket socket = connect()) {
      BufferedReader reader = reader(socket);
      send(socket, get("/1") + get("/2") + get("/3").substring(0, 9));
      answer();
      answer();
      send(socket, get("/3").substring(9));
      answer();

      assertThat(body(reader, 2) + body(reader, 2) + body(reader, 2)).isEqualTo("/1/2/3");
    }
  }

  @Test
  void readsARequestThatCameBeforeTheAnswer() throws Exception {
    try (Socket socket = connect()) {
      BufferedReader reader = reader(socket);
      send(socket, get("/1"));
      Runnable first = answers.take();
      send(socket, get("/2"));
      first.run();
      answer();

      assertThat(body(reader, 2) + body(reader, 2)).isEqualTo("/1/2");
    }
  }

  @Test
  void closesAConnectionThatTheCallerWantsClosed() throws Exception {
    try (Socket socket = connect()) {
      BufferedReader reader = reader(socket);
      send(socket, "GET /1 HTTP/1.1\r\nHost: any\r\nConnection: close\r\n\r\n");
      answer();

      assertThat(body(reader, 2)).isEqualTo("/1");
      assertThat(reader.read()).isEqualTo(-1);
    }
  }

  @Test
  void noticesThatTheCallerHasGoneBeforeTheAnswer() throws Exception {
    Socket socket = connect();
    send(socket, get("/1"));
    Runnable late = answers.take();
    socket.close();
    late.run();

    while (!connector.getConnectedEndPoints().isEmpty()) {
      Thread.onSpinWait();
    }
  }
}
