package dev.cloakroom.api;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Request;
import com.microsoft.playwright.Route.FulfillOptions;
import com.microsoft.playwright.junit.UsePlaywright;
import dev.cloakroom.testsupport.Chromium;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Vendor;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** The page of docs/api.md, in a real browser. */
@UsePlaywright(Chromium.class)
class BrowserTests extends ServiceTests {

  private static final byte[] PNG =
      Base64.getDecoder()
          .decode(
              "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");

  @Autowired private MeterRegistry meters;

  private final String id = newId();
  private final List<String> streams = new ArrayList<>();

  @BeforeAll
  static void requireBrowser() {
    assertThat(Chromium.require()).isExecutable();
  }

  /** Nothing but the service itself is reached: every https link leads to a tiny picture. */
  @BeforeEach
  void servePage(Page page) throws IOException {
    String html = page();
    page.route(
        "http://127.0.0.1:" + port + "/",
        route -> route.fulfill(new FulfillOptions().setContentType("text/html").setBody(html)));
    page.route(
        Pattern.compile("https://.*"),
        route -> route.fulfill(new FulfillOptions().setContentType("image/png").setBodyBytes(PNG)));
    page.onRequest(this::note);
  }

  @Test
  void showsThePictureWhenItIsReady(Page page) {
    vendor.answers(id, Vendor.example("07-processing-fetch-message"));
    open(page);
    page.getByText("processing").waitFor();

    vendor.answers(id, Vendor.ready(id));
    letTimePassUntil(() -> openStreams() == 0);

    page.getByText("success").waitFor();
    page.waitForFunction("document.querySelector('img').naturalWidth > 0");
    assertStaysClosed(page);
  }

  @Test
  void saysWhyAnImageFailed(Page page) {
    vendor.answers(id, Vendor.example("12-failed-try-again"));

    open(page);

    page.getByText("Failed, Try Again").waitFor();
    assertStaysClosed(page);
  }

  @Test
  void saysWhatTheProblemIsAndGoesOnWhenItIsOver(Page page) {
    vendor.answers(id, aResponse().withStatus(500));
    open(page);
    page.getByText("The vendor cannot serve us now").waitFor();

    vendor.answers(id, Vendor.ready(id));
    letTimePassUntil(() -> openStreams() == 0);

    page.waitForFunction("document.querySelector('img').naturalWidth > 0");
    assertStaysClosed(page);
  }

  private String page() throws IOException {
    String document = Files.readString(Path.of("docs/api.md"));
    int start = document.indexOf("```html\n") + "```html\n".length();
    return document.substring(start, document.indexOf("```", start)).replace("12202888", id);
  }

  private void open(Page page) {
    page.navigate("http://127.0.0.1:" + port + "/");
  }

  private void note(Request request) {
    if (request.resourceType().equals("eventsource")) {
      streams.add(request.url());
    }
  }

  private double openStreams() {
    return meters.get("cloakroom.streams").gauge().value();
  }

  /** A browser never connects again with an EventSource that it counts as closed. */
  private void assertStaysClosed(Page page) {
    assertThat(page.evaluate("events.readyState === EventSource.CLOSED")).isEqualTo(true);
    assertThat(streams).containsExactly("http://127.0.0.1:" + port + "/images/" + id + "/events");
  }
}
