package dev.cloakroom.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.NavigateOptions;
import com.microsoft.playwright.Page.WaitForFunctionOptions;
import com.microsoft.playwright.junit.UsePlaywright;
import com.microsoft.playwright.options.WaitUntilState;
import dev.cloakroom.content.ContentReplica;
import dev.cloakroom.content.FileHost;
import dev.cloakroom.testsupport.Chromium;
import dev.cloakroom.testsupport.FreePort;
import dev.cloakroom.testsupport.Tool;
import dev.cloakroom.testsupport.Vendor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A plain {@code <img>} in a real browser, behind a real proxy with a usual time limit. */
@UsePlaywright(Chromium.class)
class ImageTagBrowserTests {

  private static final byte[] PNG =
      Base64.getDecoder()
          .decode(
              "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");

  private static final Duration JOB = Duration.ofSeconds(90);

  private static final String CONFIGURATION =
      """
      daemon off;
      worker_processes 1;
      pid %1$s/nginx.pid;
      error_log %1$s/error.log;
      events {}
      http {
        access_log %1$s/access.log;
        default_type text/html;
        client_body_temp_path %1$s/body;
        proxy_temp_path %1$s/proxy;
        fastcgi_temp_path %1$s/fastcgi;
        uwsgi_temp_path %1$s/uwsgi;
        scgi_temp_path %1$s/scgi;
        server {
          listen 127.0.0.1:%2$d;
          location = / {
            return 200 '<title>A page</title><img src=/images/90/0>';
          }
          location /images/ {
            proxy_pass http://127.0.0.1:%3$d;
            proxy_read_timeout 60s;
          }
        }
      }
      """;

  @TempDir private Path directory;

  private final Vendor vendor = new Vendor();
  private final FileHost files = new FileHost();
  private final int port = FreePort.take();
  private final List<String> requests = new ArrayList<>();
  private ContentReplica service;
  private Process nginx;

  @BeforeEach
  void startBehindProxy() throws IOException {
    Path program = Tool.onPath("nginx", "an <img> behind a proxy");
    service = ContentReplica.start(vendor, files, directory.resolve("pictures"), Map.of());
    Path configuration =
        Files.writeString(
            directory.resolve("nginx.conf"),
            CONFIGURATION.formatted(directory, port, service.port()));
    nginx =
        new ProcessBuilder(program.toString(), "-c", configuration.toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("nginx.log").toFile())
            .start();
    Awaitility.await().until(this::isListening);
  }

  private boolean isListening() {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", port), 1000);
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  @AfterEach
  void stop() {
    if (nginx != null) {
      nginx.destroy();
      nginx.onExit().join();
    }
    if (service != null) {
      service.close();
    }
    files.stop();
  }

  /** In real time, as the browser's and the proxy's limits are. */
  @Test
  void showsThePictureOfJobThatTakesLongerThanTheProxyWaits(Page page) {
    files.has("90.png", PNG);
    vendor.answers("90", Vendor.example("07-processing-fetch-message"));
    CompletableFuture<Void> job =
        CompletableFuture.runAsync(
            () -> vendor.answers("90", files.ready("90", "90.png")),
            CompletableFuture.delayedExecutor(JOB.toSeconds(), TimeUnit.SECONDS));
    page.onRequest(request -> requests.add(request.url().replaceFirst(".*:[0-9]+", "")));

    page.navigate(
        "http://127.0.0.1:" + port + "/",
        new NavigateOptions().setWaitUntil(WaitUntilState.DOMCONTENTLOADED));
    page.waitForFunction(
        "document.images[0].complete",
        null,
        new WaitForFunctionOptions().setTimeout(2.0 * JOB.toMillis()));

    assertThat(page.evaluate("document.images[0].naturalWidth")).isEqualTo(1);
    assertThat(job).isCompleted();
    assertThat(requests).startsWith("/", "/images/90/0", "/images/90/0?attempt=2");
  }
}
