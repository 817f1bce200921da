package dev.cloakroom.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.Mockito.atLeastOnce;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class SendfileConnectorTests {

  private static final int LARGE = 8 << 20;

  @TempDir private Path directory;

  private final Server server = new Server();
  private final SendfileConnector connector =
      new SendfileConnector(server, 1, 1, new HttpConnectionFactory());
  private Path path;
  private FileChannel file;
  private ByteBuffer bytes;

  @BeforeEach
  void start() throws Exception {
    path = directory.resolve("file");
    server.addConnector(connector);
    server.setHandler(
        new Handler.Abstract() {
          @Override
          public boolean handle(Request request, Response response, Callback callback) {
            ByteBuffer body = bytes.duplicate();
            response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.remaining());
            if (request.getHttpURI().getPath().equals("/sent")) {
              SendfileConnector.prepare(request, body, file);
            }
            response.write(true, body, callback);
            return true;
          }
        });
    server.start();
  }

  private byte[] has(int size) throws IOException {
    byte[] content = new byte[size];
    new Random(size).nextBytes(content);
    Files.write(path, content);
    var real = FileChannel.open(path, StandardOpenOption.READ);
    bytes = real.map(MapMode.READ_ONLY, 0, size);
    file = mock(FileChannel.class, delegatesTo(real));
    return content;
  }

  @AfterEach
  void stop() throws Exception {
    server.stop();
    file.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 60 * 1024, 60 * 1024 + 1, 300_000, LARGE})
  void sendsEachByteOnceAndAnswersTheNextRequest(int size) throws IOException {
    byte[] content = has(size);
    try (Socket caller = connect()) {
      for (String target : new String[] {"/sent", "/written", "/sent"}) {
        assertThat(answer(caller, target, size)).isEqualTo(content);
      }
    }
  }

  @Test
  void hasTheKernelSendTheFile() throws IOException {
    has(300_000);
    try (Socket caller = connect()) {
      answer(caller, "/sent", 300_000);
    }

    verify(file, atLeastOnce()).transferTo(anyLong(), anyLong(), any());
  }

  @Test
  void writesTheBytesOfFileThatIsClosed() throws IOException {
    byte[] content = has(300_000);
    file.close();
    try (Socket caller = connect()) {
      assertThat(answer(caller, "/sent", content.length)).isEqualTo(content);
    }
  }

  @Test
  void endsTheConnectionWhereFileBecameShorter() throws IOException {
    has(LARGE);
    try (var shorter = FileChannel.open(path, StandardOpenOption.WRITE)) {
      shorter.truncate(100_000);
    }
    try (Socket caller = connect()) {
      ask(caller, "/sent");

      assertThat(caller.getInputStream().readAllBytes()).hasSizeBetween(100_000, 101_000);
    }
  }

  /** With so small a buffer that the service has to wait for it. */
  private Socket connect() throws IOException {
    var caller = new Socket();
    caller.setReceiveBufferSize(16 * 1024);
    caller.connect(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), connector.getLocalPort()));
    return caller;
  }

  private static void ask(Socket caller, String target) throws IOException {
    String request = "GET %s HTTP/1.1\r\nHost: a\r\n\r\n".formatted(target);
    caller.getOutputStream().write(request.getBytes(ISO_8859_1));
  }

  private static byte[] answer(Socket caller, String target, int size) throws IOException {
    ask(caller, target);
    String head = "";
    while (!head.endsWith("\r\n\r\n")) {
      head += (char) caller.getInputStream().read();
    }
    assertThat(head).startsWith("HTTP/1.1 200");
    return caller.getInputStream().readNBytes(size);
  }
}
