package dev.cloakroom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cloakroom.testsupport.Jar;
import dev.cloakroom.testsupport.Vendor;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the packaged jar prints, in either format. */
class LogsJarTests {

  private final Vendor vendor = new Vendor();
  private Jar jar;

  @AfterEach
  void end() {
    jar.process().destroyForcibly();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "ecs"})
  void reportsItsStartAndNamesTheRequestOfEachFailure(String format) throws Exception {
    vendor.answers("1", 500, "{}");
    jar = Jar.start(Jar.commandWithKey(vendor, "--logging.structured.format.console=" + format));
    jar.awaitStart();

    await().until(() -> !linesWith("Ready on port").isEmpty());
    jar.service().get("/images/1", "X-Request-Id", "of-the-first");
    jar.service().get("/images/1?wait=1", "X-Request-Id", "of-the-second");
    await().until(() -> !linesWith("of-the-first").isEmpty());

    assertThat(linesWith("Ready on port"))
        .singleElement()
        .asString()
        .contains(
            "Ready on port %d for callers and %d for operators; 1 key; "
                .formatted(jar.servicePort(), jar.managementPort()));
    assertThat(linesWith("Hint: ")).hasSize(4);
    assertThat(linesWith("/images/1 "))
        .isNotEmpty()
        .allMatch(line -> line.contains("of-the-first") || line.contains("of-the-second"));
    if (format.equals("ecs")) {
      assertThat(linesWith("of-the-first"))
          .allMatch(line -> line.contains("\"requestId\":\"of-the-first\""));
    }
  }

  private List<String> linesWith(String words) {
    return jar.printed().lines().filter(line -> line.contains(words)).toList();
  }
}
