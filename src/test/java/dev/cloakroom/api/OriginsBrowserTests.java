package dev.cloakroom.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.junit.UsePlaywright;
import com.sun.net.httpserver.HttpServer;
import dev.cloakroom.content.FileHost;
import dev.cloakroom.testsupport.Canary;
import dev.cloakroom.testsupport.Chromium;
import dev.cloakroom.testsupport.MountedSecret;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Signatures;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** Pages of other origins, in a real browser; no request of theirs is intercepted. */
@UsePlaywright(Chromium.class)
class OriginsBrowserTests extends ServiceTests {

  private static final byte[] PNG =
      Base64.getDecoder()
          .decode(
              "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");

  private static final String ASK_WITH_SECRET =
      """
      async ([url, secret]) => {
        const headers = { Authorization: `Bearer ${secret}`, Prefer: "wait=1" };
        try {
          const answer = await fetch(url, { headers });
          return [answer.status, answer.headers.get("ETag"), (await answer.json()).status].join();
        } catch (refused) {
          return "unreadable";
        }
      }\
      """;

  private static final String SUBSCRIBE =
      """
      (url) => new Promise((done) => {
        const events = new EventSource(url);
        const end = (text) => { events.close(); done(text); };
        events.addEventListener("image", (event) => end(JSON.parse(event.data).status));
        events.onerror = () => end("unreadable");
      })\
      """;

  /** Its width, and whether its pixels can be read. */
  private static final String SHOW =
      """
      ([url, crossOrigin]) => new Promise((done) => {
        const image = new Image();
        if (crossOrigin) image.crossOrigin = "anonymous";
        image.onerror = () => done("unreadable");
        image.onload = () => {
          const canvas = document.createElement("canvas");
          canvas.getContext("2d").drawImage(image, 0, 0);
          try {
            canvas.toDataURL();
            done(`${image.naturalWidth} readable`);
          } catch (tainted) {
            done(`${image.naturalWidth} unreadable`);
          }
        };
        image.src = url;
      })\
      """;

  private static final MountedSecret files =
      new MountedSecret(Map.of("shop", Canary.CALLER_SECRET));

  private static final FileHost pictures = new FileHost();
  private static final HttpServer listed = pages();
  private static final HttpServer unlisted = pages();

  @DynamicPropertySource
  static void access(DynamicPropertyRegistry properties) {
    properties.add("cloakroom.access.caller-directory", () -> files.directory().toString());
    properties.add("cloakroom.access.origins", () -> origin(listed));
    pictures.allow(properties);
  }

  private static HttpServer pages() {
    try {
      HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
      server.createContext(
          "/",
          exchange -> {
            byte[] page = "<title>A page</title>".getBytes(UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "text/html");
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
          });
      server.start();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String origin(HttpServer server) {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  @AfterAll
  static void stopPages() {
    listed.stop(0);
    unlisted.stop(0);
    pictures.stop();
  }

  @Override
  protected String[] credentials() {
    return new String[] {"Authorization", "Bearer " + Canary.CALLER_SECRET};
  }

  private String url(String path, String id) {
    String link =
        Signatures.query(
            "shop", Canary.CALLER_SECRET, id, time.instant().plus(Duration.ofHours(1)));
    return "http://127.0.0.1:" + port + "/images/" + id + path + "?" + link;
  }

  private static String ready() {
    String id = newId();
    pictures.has(id + ".png", PNG);
    vendor.answers(id, pictures.ready(id, id + ".png"));
    return id;
  }

  private Object askWithSecret(Page page, String id) {
    String url = "http://127.0.0.1:" + port + "/images/" + id;
    return page.evaluate(ASK_WITH_SECRET, new Object[] {url, Canary.CALLER_SECRET});
  }

  private Object show(Page page, boolean isCrossOrigin) {
    return page.evaluate(SHOW, new Object[] {url("/0", ready()), isCrossOrigin});
  }

  @Test
  void letsListedOriginReadStatesEventsAndPictures(Page page) {
    String id = ready();
    page.navigate(origin(listed) + "/");

    assertThat(askWithSecret(page, id)).asString().matches("200,\"[\\w-]{16}\",success");
    assertThat(page.evaluate(SUBSCRIBE, url("/events", id))).isEqualTo("success");
    assertThat(show(page, true)).isEqualTo("1 readable");
    assertThat(show(page, false)).isEqualTo("1 unreadable");
  }

  @Test
  void letsNoOtherOriginRead(Page page) {
    String id = ready();
    page.navigate(origin(unlisted) + "/");

    assertThat(askWithSecret(page, id)).isEqualTo("unreadable");
    assertThat(vendor.calls(id)).isEmpty();
    assertThat(page.evaluate(SUBSCRIBE, url("/events", id))).isEqualTo("unreadable");
    assertThat(show(page, true)).isEqualTo("unreadable");
    assertThat(show(page, false)).isEqualTo("1 unreadable");
  }
}
