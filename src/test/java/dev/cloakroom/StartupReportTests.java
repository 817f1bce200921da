package dev.cloakroom;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.mock.env.MockEnvironment;

@ExtendWith(OutputCaptureExtension.class)
class StartupReportTests {

  private final MeterRegistry meters = new SimpleMeterRegistry();
  private final MockEnvironment settings =
      new MockEnvironment()
          .withProperty("local.server.port", "8080")
          .withProperty("local.management.port", "8081");

  @Test
  void saysWhatIsSetUpAndWhatIsUsualBeside(CapturedOutput output) {
    meters.gauge("cloakroom.upstream.keys", 1);

    new StartupReport(settings, meters).report();

    assertThat(output.getOut())
        .contains(
            "Ready on port 8080 for callers and 8081 for operators; 1 key; shares nothing;"
                + " stores pictures in a directory; open to all callers");
    assertThat(output.getOut().lines().filter(line -> line.contains("Hint: ")))
        .hasSize(4)
        .anyMatch(line -> line.contains("set cloakroom.access.caller-directory"))
        .anyMatch(line -> line.contains("set cloakroom.access.new-images-per-minute"))
        .anyMatch(line -> line.contains("set cloakroom.cluster.enabled"))
        .anyMatch(
            line ->
                line.contains("set cloakroom.content.directory or cloakroom.content.s3.bucket"));
  }

  @Test
  void hintsAtNothingWhereAllIsThere(CapturedOutput output) {
    meters.gauge("cloakroom.upstream.keys", 3);
    settings
        .withProperty("cloakroom.access.caller-directory", "/callers")
        .withProperty("cloakroom.access.new-images-per-minute", "60")
        .withProperty("cloakroom.cluster.enabled", "true")
        .withProperty("cloakroom.content.s3.bucket", "pictures");

    new StartupReport(settings, meters).report();

    assertThat(output.getOut())
        .contains("3 keys; shares through Redis; stores pictures in S3; asks callers for a secret")
        .doesNotContain("Hint: ");
  }

  @Test
  void takesZeroAndFalseForNotSet(CapturedOutput output) {
    meters.gauge("cloakroom.upstream.keys", 2);
    settings
        .withProperty("cloakroom.access.new-images-per-minute", "0")
        .withProperty("cloakroom.cluster.enabled", "false");

    new StartupReport(settings, meters).report();

    assertThat(output.getOut())
        .contains("set cloakroom.access.new-images-per-minute", "set cloakroom.cluster.enabled");
  }
}
