package dev.cloakroom.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.LIST;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.EmulateMediaOptions;
import com.microsoft.playwright.Page.GetByRoleOptions;
import com.microsoft.playwright.Page.ScreenshotOptions;
import com.microsoft.playwright.junit.UsePlaywright;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import dev.cloakroom.testsupport.Chromium;
import dev.cloakroom.testsupport.FakeTime;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

/** The sandbox's page in a real browser; the service and the vendor's jobs have fake time. */
@UsePlaywright(Chromium.class)
class SandboxPageTests {

  /** CONTRIBUTING.md says how the README gets one of them. */
  private static final Path SCREENSHOTS = Path.of("target/sandbox");

  private static final Duration LIMIT = Duration.ofMinutes(2);

  private static final String AXE =
      """
      axe.run().then(({ violations }) =>
        violations.flatMap(({ nodes }) => nodes).map((node) => node.html + node.failureSummary))\
      """;

  private static final String PICTURES =
      "[...document.images].filter((image) => image.alt && image.naturalWidth === 512).length";

  private static final String NUMBER =
      "document.querySelector('[data-number=%s]').textContent === '%d'";

  private static final String OUTLINE =
      """
      (({ outlineStyle, outlineWidth }) => `${outlineStyle} ${outlineWidth}`)
        (getComputedStyle(document.activeElement))\
      """;

  private final List<String> requests = new ArrayList<>();
  private FakeTime time;
  private final SandboxVendor vendor = new SandboxVendor(() -> time.instant());
  private ConfigurableApplicationContext sandbox;
  private MeterRegistry meters;
  private String origin;

  @BeforeAll
  static void requireBrowser() {
    assertThat(Chromium.require()).isExecutable();
  }

  @BeforeEach
  void open(Page page) {
    String[] settings = {"--server.port=0", "--management.server.port=0"};
    sandbox = Sandbox.start(vendor, settings, FakeTime.class);
    time = sandbox.getBean(FakeTime.class);
    meters = sandbox.getBean(MeterRegistry.class);
    origin = "http://127.0.0.1:" + sandbox.getEnvironment().getProperty("local.server.port");
    page.onRequest(request -> requests.add(request.url()));
    page.setDefaultTimeout(LIMIT.toMillis());
    page.setViewportSize(1280, 860);
    page.navigate(origin + "/");
    await(page, "document.querySelectorAll('#cards li').length === 12");
  }

  @AfterEach
  void stop() {
    sandbox.close();
    vendor.close();
  }

  @Test
  void showsADozenJobsByOneStreamAndTheirPicturesByOurUrls(Page page) {
    letJobsEnd(page);

    assertThat(page.evaluate(PICTURES)).isEqualTo(11);
    assertThat(page.getByText("Failed, Try Again").isVisible()).isTrue();
    assertThat(requests).allSatisfy(url -> assertThat(url).startsWith(origin + "/"));
    assertThat(requests).filteredOn(url -> url.contains("/images?id=")).hasSize(1);
    await(page, NUMBER.formatted("calls", vendor.calls()));
    await(
        page, NUMBER.formatted("saved", answers() - SandboxPage.answers(meters, "result", "miss")));
  }

  @ParameterizedTest
  @CsvSource({"Throttles, The vendor asks us to wait", "Fails, The vendor cannot serve us now"})
  void showsKnownImagesWhileTheVendorGoesWrongAndNewOnesWhenItIsBack(
      String mode, String problem, Page page) {
    letJobsEnd(page);

    press(page, mode);
    press(page, "Add a job");
    letTimePassUntil(() -> page.getByText(problem).isVisible());
    page.reload();
    await(page, PICTURES + " === 11");
    press(page, "Works");
    letJobsEnd(page);

    assertThat(page.evaluate(PICTURES)).isEqualTo(12);
  }

  @ParameterizedTest
  @ValueSource(ints = {1280, 375})
  void worksByTheKeyboardAlone(int width, Page page) {
    page.setViewportSize(width, 860);
    letJobsEnd(page);
    long calls = vendor.calls();
    long answers = answers();

    assertThat(focusAfter(page, "Tab")).isEqualTo("Skip to the jobs");
    assertThat(focusAfter(page, "Tab")).isEqualTo("Add a job");
    assertThat(focusAfter(page, "Tab")).isEqualTo("100 callers ask");
    assertThat(focusAfter(page, "Enter")).isEqualTo("100 callers ask");
    page.getByText("100 of 100 callers got the state").waitFor();
    assertThat(answers()).isEqualTo(answers + 100);
    assertThat(vendor.calls()).isEqualTo(calls);

    assertThat(focusAfter(page, "Tab", "Tab", "Tab", "Space")).isEqualTo("Fails");
    await(page, "document.activeElement.ariaPressed === 'true'");
    assertThat(vendor.mode()).isEqualTo(SandboxVendor.Mode.FAILS);
    assertThat(focusAfter(page, "Shift+Tab", "Shift+Tab", "Enter")).isEqualTo("Works");
    await(page, "document.activeElement.ariaPressed === 'true'");

    assertThat(focusAfter(page, "Shift+Tab", "Shift+Tab", "Enter")).isEqualTo("Add a job");
    page.getByText("Job 7013 is queued.").waitFor();
    letJobsEnd(page);
    assertThat(page.evaluate(PICTURES)).isEqualTo(12);

    focusAfter(page, "Shift+Tab", "Enter");
    assertThat(page.evaluate("document.activeElement.id")).isEqualTo("jobs");
  }

  /** The text of what has the focus then, which must be seen to have it. */
  private static String focusAfter(Page page, String... keys) {
    for (String key : keys) {
      page.keyboard().press(key);
    }
    assertThat(page.evaluate(OUTLINE)).isEqualTo("solid 3px");
    return (String) page.evaluate("document.activeElement.innerText");
  }

  @Test
  void isAccessibleAndFitsInEachSizeAndScheme(Page page) throws IOException {
    await(page, "document.getAnimations().length > 0");
    page.emulateMedia(new EmulateMediaOptions().setReducedMotion(ReducedMotion.REDUCE));
    await(page, "document.getAnimations().length === 0");
    letTimePassUntil(() -> (int) page.evaluate(PICTURES) >= 8);
    for (int i = 0; i < 4; i++) {
      press(page, "100 callers ask");
      await(page, "!document.querySelector('[aria-busy]')");
    }
    page.mouse().move(0, 0);
    page.evaluate(axe());

    for (int width : new int[] {1280, 375}) {
      for (ColorScheme scheme : new ColorScheme[] {ColorScheme.LIGHT, ColorScheme.DARK}) {
        page.setViewportSize(width, 860);
        page.emulateMedia(new EmulateMediaOptions().setColorScheme(scheme));
        String name = width + "-" + scheme.name().toLowerCase(Locale.ROOT) + ".png";
        page.screenshot(
            new ScreenshotOptions().setPath(SCREENSHOTS.resolve(name)).setFullPage(true));

        assertThat(page.evaluate(AXE)).as(name).asInstanceOf(LIST).isEmpty();
        assertThat(page.evaluate("document.documentElement.scrollWidth")).isEqualTo(width);
      }
    }
  }

  private static String axe() throws IOException {
    try (InputStream script = AxeBuilder.class.getResourceAsStream("/axe.min.js")) {
      return new String(script.readAllBytes(), UTF_8);
    }
  }

  private static void press(Page page, String button) {
    page.getByRole(AriaRole.BUTTON, new GetByRoleOptions().setName(button)).click();
  }

  private void letJobsEnd(Page page) {
    letTimePassUntil(
        () ->
            page.locator("[data-state=processing], [data-state=waiting]").count() == 0
                && page.evaluate(PICTURES).equals(page.locator("[data-state=ready]").count()));
  }

  /** By {@code evaluate}, as the page's policy lets nothing else evaluate a text. */
  private static void await(Page page, String condition) {
    Awaitility.await()
        .pollInSameThread()
        .atMost(LIMIT)
        .until(() -> page.evaluate(condition).equals(true));
  }

  /** In small steps, with time for calls and answers between them. */
  private void letTimePassUntil(Callable<Boolean> condition) {
    Awaitility.await()
        .pollInSameThread()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(20))
        .atMost(LIMIT)
        .until(
            () -> {
              if (condition.call()) {
                return true;
              }
              if (meters.find("cloakroom.upstream.calls").gauges().stream()
                  .allMatch(calls -> calls.value() == 0)) {
                time.advance(Duration.ofMillis(250));
              }
              return false;
            });
  }

  private long answers() {
    return SandboxPage.answers(meters);
  }
}
