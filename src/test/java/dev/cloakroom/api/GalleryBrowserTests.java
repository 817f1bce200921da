package dev.cloakroom.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route.FulfillOptions;
import com.microsoft.playwright.junit.UsePlaywright;
import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.Chromium;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Vendor;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;

/** The gallery of docs/api.md, in a real browser, which has six connections to an origin. */
@UsePlaywright(Chromium.class)
@TestPropertySource(properties = GalleryBrowserTests.WITHOUT_JITTER)
class GalleryBrowserTests extends ServiceTests {

  /** Fetches each second, so that all numbers of calls can be compared. */
  static final String WITHOUT_JITTER = "cloakroom.cache.max-processing=1s";

  private static final byte[] PNG =
      Base64.getDecoder()
          .decode(
              "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");

  private static final String ASK_TWENTY_AT_ONCE =
      """
      async (url) => {
        const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(url)));
        return answers.filter((answer) => answer.status === 200).length;
      }\
      """;

  private static final String PROCESSING = Vendor.example("07-processing-fetch-message");
  private static final int IMAGES = 30;

  @Autowired private MeterRegistry meters;

  private final List<String> gallery = Stream.generate(this::unfinished).limit(IMAGES).toList();
  private final List<String> singles = Stream.generate(this::unfinished).limit(IMAGES).toList();
  private final List<String> streams = new ArrayList<>();
  private int otherTasks;

  private String unfinished() {
    String id = newId();
    vendor.answers(id, PROCESSING);
    return id;
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
    page.onRequest(
        request -> {
          if (request.resourceType().equals("eventsource")) {
            streams.add(request.url());
          }
        });
    otherTasks = time.tasks();
  }

  private String page() throws IOException {
    String document = Files.readString(Path.of("docs/api.md"));
    int section = document.indexOf("### A page that shows a gallery");
    int start = document.indexOf("```html\n", section) + "```html\n".length();
    return document
        .substring(start, document.indexOf("```", start))
        .replace("[12202888, 12202889]", gallery.toString());
  }

  @Test
  void showsThirtyImagesByOneStreamThatCostsTheVendorNoMoreThanSingleOnes(Page page) {
    String known = newId();
    vendor.answers(known, Vendor.ready(known));
    service.get("/images/" + known);

    page.navigate("http://127.0.0.1:" + port + "/");
    List<CompletableFuture<Answer>> listeners =
        singles.stream().map(id -> service.sendAsync("GET", "/images/" + id + "/events")).toList();
    Awaitility.await().until(() -> gauge("cloakroom.pollers") == 2 * IMAGES);
    settle();
    page.waitForFunction("document.body.innerText.split('processing').length > " + IMAGES);
    Object answered =
        page.evaluate(ASK_TWENTY_AT_ONCE, "http://127.0.0.1:" + port + "/images/" + known);
    letImagesBecomeReadyWithinTwentySeconds();

    page.waitForFunction(
        "[...document.images].filter((image) => image.naturalWidth > 0).length === " + IMAGES);
    assertThat(answered).isEqualTo(20);
    assertThat(page.evaluate("events.readyState === EventSource.CLOSED")).isEqualTo(true);
    assertThat(streams).hasSize(1);
    assertThat(listeners).allSatisfy(listener -> assertThat(listener).isCompleted());
    assertThat(gallery.stream().map(id -> vendor.calls(id).size()).toList())
        .allSatisfy(calls -> assertThat(calls).isBetween(2, 22))
        .isEqualTo(singles.stream().map(id -> vendor.calls(id).size()).toList());
  }

  /** The first after 1 s, the last after 20 s. */
  private void letImagesBecomeReadyWithinTwentySeconds() {
    Instant start = time.instant();
    int ready = 0;
    while (gauge("cloakroom.pollers") > 0) {
      long millis = Duration.between(start, time.instant()).toMillis();
      for (; ready < IMAGES && millis >= 1_000 + ready * 19_000L / (IMAGES - 1); ready++) {
        for (String id : List.of(gallery.get(ready), singles.get(ready))) {
          vendor.answers(id, Vendor.ready(id));
        }
      }
      // No further, so that each fetch is over before time goes on.
      time.advance(time.untilNextTask());
      settle();
      assertThat(millis).isLessThan(60_000);
    }
  }

  /** Until no fetch is under way: each poller has its limit and its next fetch before it. */
  private void settle() {
    Awaitility.await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(2))
        .during(Duration.ofMillis(6))
        .until(
            () ->
                !isVendorAsked()
                    && time.tasks() - otherTasks
                        == 2 * gauge("cloakroom.pollers") + gauge("cloakroom.streams"));
  }

  private double gauge(String name) {
    return meters.get(name).gauge().value();
  }
}
