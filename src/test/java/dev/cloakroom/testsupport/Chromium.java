package dev.cloakroom.testsupport;

import com.microsoft.playwright.BrowserType.LaunchOptions;
import com.microsoft.playwright.Playwright.CreateOptions;
import com.microsoft.playwright.junit.Options;
import com.microsoft.playwright.junit.OptionsFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The installed browser; Playwright is to bring none of its own. */
public class Chromium implements OptionsFactory {

  /** Where it is; else the test is left out. */
  public static Path require() {
    return Tool.onPath("chromium", "pages in a browser");
  }

  @Override
  public Options getOptions() {
    return new Options()
        .setPlaywrightCreateOptions(
            new CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")))
        .setBrowserName("chromium")
        .setHeadless(true)
        .setLaunchOptions(
            new LaunchOptions()
                .setExecutablePath(require())
                .setArgs(
                    List.of(
                        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-quic",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync")));
  }
}
