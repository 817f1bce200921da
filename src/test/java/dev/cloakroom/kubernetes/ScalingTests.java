package dev.cloakroom.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Tool;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** The number of pods under Helm 3 and 4, at a release that runs already. */
class ScalingTests {

  private static final String RUNNING =
      """
      {"apiVersion":"apps/v1","kind":"Deployment",
      "metadata":{"name":"images-cloakroom","namespace":"frontend",
      "labels":{"app.kubernetes.io/managed-by":"Helm"},
      "annotations":{"meta.helm.sh/release-name":"images",
      "meta.helm.sh/release-namespace":"frontend"}},"spec":{"replicas":%d}}
      """;

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "3, autoscaling.enabled=true, 5",
    "3, keda.enabled=true, 0",
    "4, autoscaling.enabled=true, 5",
    "4, keda.enabled=true, 0"
  })
  void keepsWhatRunsWhenItsNumberIsLeftToWhatScalesIt(String helm, String scaled, int replicas)
      throws IOException {
    JsonNode deployment = deployment(helm, scaled, running(replicas));

    assertThat(deployment.at("/spec/replicas").asInt(-1)).isEqualTo(replicas);
  }

  @ParameterizedTest
  @CsvSource({
    "3, autoscaling.enabled=true",
    "3, keda.enabled=true",
    "4, autoscaling.enabled=true",
    "4, keda.enabled=true"
  })
  void leavesTheNumberOutWhereNothingRunsYet(String helm, String scaled) throws IOException {
    assertThat(deployment(helm, scaled, Map.of()).at("/spec").has("replicas")).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"3", "4"})
  void setsTheNumberWhereNothingScalesIt(String helm) throws IOException {
    JsonNode deployment = deployment(helm, "replicaCount=3", running(5));

    assertThat(deployment.at("/spec/replicas").asInt()).isEqualTo(3);
  }

  private static Map<String, String> running(int replicas) {
    return Map.of("frontend/images-cloakroom", RUNNING.formatted(replicas));
  }

  private JsonNode deployment(String version, String values, Map<String, String> running)
      throws IOException {
    Tool helm = Tool.require("helm-" + version, "scaling under Helm " + version);
    try (var cluster = new ApiServer(running)) {
      String config = cluster.writeConfig(directory.resolve("config.yaml")).toString();
      String manifest =
          helm.run(
              "template",
              "images",
              "helm",
              "--namespace",
              "frontend",
              "--dry-run=server",
              "--disable-openapi-validation",
              "--kubeconfig",
              config,
              "--set",
              values);
      return Release.of(manifest).deployment();
    }
  }
}
