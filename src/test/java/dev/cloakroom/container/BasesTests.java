package dev.cloakroom.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Tool;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The image's bases have one name each, in one place. */
class BasesTests {

  @Test
  void namesOneExactReleaseOfJavaForBoth() {
    Pattern exact = Pattern.compile("eclipse-temurin:\\d+\\.\\d+\\.\\d+_\\d+-(jdk|jre)-noble");

    assertThat(Bases.build()).matches(exact).contains("-jdk-");
    assertThat(Bases.run()).isEqualTo(Bases.build().replace("-jdk-", "-jre-"));
  }

  @Test
  void namesThemInTheDockerfileAlone() {
    String files =
        new Tool("grep")
            .tryRun("-rlE", "eclipse-temurin:[0-9]|redis:[0-9]", "Dockerfile", ".ci", "helm", "src")
            .output();

    assertThat(files.lines()).containsExactly("Dockerfile");
  }
}
