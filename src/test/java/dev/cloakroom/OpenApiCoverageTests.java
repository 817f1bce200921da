package dev.cloakroom;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.OpenApiCoverage;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** Runs after all others, and compares what they received with the OpenAPI document. */
class OpenApiCoverageTests {

  @Test
  void describesEveryAnswerOfTheWholeRun() throws IOException {
    assertThat(OpenApiCoverage.faults()).isEmpty();
  }

  @Test
  @DisabledIfSystemProperty(named = "test", matches = ".+", disabledReason = "not all tests ran")
  void describesNothingThatNoTestReceived() throws IOException {
    assertThat(OpenApiCoverage.missing()).isEmpty();
  }
}
