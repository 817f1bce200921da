package dev.cloakroom.content;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.cloakroom.upstream.PrivateAuthority;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A host of files that answers over TLS with bytes that no server would send. */
final class RawFileHost {

  /** Writes an answer. */
  interface Script {
    void write(OutputStream out) throws IOException;
  }

  private final Map<String, Script> scripts = new ConcurrentHashMap<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicLong sent = new AtomicLong();
  private final ServerSocket listener;

  RawFileHost(Path keyStore) {
    try {
      listener =
          contextOf(keyStore)
              .getServerSocketFactory()
              .createServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
    Thread.startVirtualThread(this::accept);
  }

  private static SSLContext contextOf(Path keyStore) throws IOException, GeneralSecurityException {
    char[] password = PrivateAuthority.PASSWORD.toCharArray();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream file = new FileInputStream(keyStore.toFile())) {
      keys.load(file, password);
    }
    var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, password);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }

  String authority() {
    return "127.0.0.1:" + listener.getLocalPort();
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Answers for a file from now on. */
  void answers(String name, Script script) {
    scripts.put(name, script);
  }

  /** The same, with a head and as many bytes that begin like a PNG, or as the client reads. */
  void answers(String name, String head, long bytes) {
    answers(
        name,
        out -> {
          out.write((head + "\r\n\r\n").getBytes(ISO_8859_1));
          byte[] chunk = FileHost.png(1, 64 * 1024);
          for (long left = bytes; left > 0; left -= chunk.length) {
            out.write(chunk, 0, (int) Math.min(left, chunk.length));
          }
        });
  }

  /** How many have connected. */
  int connections() {
    return connections.get();
  }

  /** Bytes of bodies that clients have taken. */
  long sent() {
    return sent.get();
  }

  private void accept() {
    try {
      while (true) {
        Socket connection = listener.accept();
        connections.incrementAndGet();
        Thread.startVirtualThread(() -> serve(connection));
      }
    } catch (IOException _) {
      // The test run is over.
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      var request =
          new BufferedReader(new InputStreamReader(connection.getInputStream(), ISO_8859_1));
      String first = request.readLine();
      while (first != null && !request.readLine().isEmpty()) {
        // The rest of the head.
      }
      if (first != null) {
        scripts.get(first.split(" ")[1].substring(1)).write(counting(connection));
      }
    } catch (IOException _) {
      // The client was quicker to leave.
    }
  }

  private OutputStream counting(Socket connection) throws IOException {
    OutputStream out = connection.getOutputStream();
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        out.write(b);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
        sent.addAndGet(length);
      }
    };
  }
}
