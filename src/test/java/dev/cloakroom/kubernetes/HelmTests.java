package dev.cloakroom.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The chart under the tools that its users have. */
class HelmTests {

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"3", "4"})
  void lintsAndRendersEveryScenarioLikeTheOthers(String version) {
    Tool helm = Tool.require("helm-" + version, "the chart under Helm " + version);

    assertThat(Chart.scenarios())
        .allSatisfy(
            scenario -> {
              String values = scenario.toString();
              helm.run("lint", "helm", "--strict", "--kube-version", "v1.34.0", "-f", values);
              String manifest =
                  helm.run(
                      "template",
                      "images",
                      "helm",
                      "-n",
                      "frontend",
                      "-f",
                      values,
                      "--kube-version",
                      "v1.34.0");

              assertThat(Release.of(Chart.withoutHooks(manifest)).objects())
                  .containsExactlyInAnyOrderElementsOf(Chart.render(scenario).objects());
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"3", "4"})
  void refusesBrokenValues(String version) {
    Tool helm = Tool.require("helm-" + version, "the chart under Helm " + version);

    assertThat(refusal(helm, "replicas=3")).contains("replicas");
    assertThat(refusal(helm, "replicaCount=three")).contains("integer");
    assertThat(refusal(helm, "apiKey.value=a,apiKey.existingSecret=b"))
        .contains("keep one of them");
    assertThat(refusal(helm, "autoscaling.enabled=true,keda.enabled=true"))
        .contains("enable autoscaling or keda, not both");
  }

  private static String refusal(Tool helm, String values) {
    Tool.Run run = helm.tryRun("template", "images", "helm", "--set", values);

    assertThat(run.status()).isNotZero();
    return run.output();
  }

  /** As far as a machine without a cluster can. */
  @ParameterizedTest
  @CsvSource({"3, README.md", "3, helm/README.md", "4, README.md", "4, helm/README.md"})
  void runsTheCommandsOfBothReadmes(String version, String readme) throws IOException {
    Tool helm = Tool.require("helm-" + version, "the READMEs' commands under Helm " + version);
    Tool kubectl = Tool.require("kubectl", "the READMEs' commands");
    List<String> commands =
        Pattern.compile("(?m)^(?:podman (?:build|push)|kubectl create|helm (?:install|test)) .*$")
            .matcher(Files.readString(Path.of(readme)))
            .results()
            .map(MatchResult::group)
            .toList();
    Path key = Files.writeString(directory.resolve("api-key.txt"), "a-key");

    assertThat(commands).hasSize(5);
    String built = commands.get(0).replaceFirst("podman build .*--tag (\\S+) \\.$", "$1");
    String pushed = commands.get(1).replaceFirst("podman push ", "");
    String secret =
        kubectl.run(
            words(
                commands.get(2).replace("=api-key.txt", "=" + key),
                "--dry-run=client",
                "--output=yaml"));
    String manifest = helm.run(words(commands.get(3).replace("helm install", "helm template")));
    JsonNode made = Release.of(secret).the("Secret");
    Release installed = Release.of(manifest);

    assertThat(installed.podSpecs().stream().flatMap(Release::containers))
        .extracting(container -> container.at("/image").asString())
        .containsOnly(built)
        .containsOnly(pushed);
    assertThat(installed.template().findValue("secretName")).isEqualTo(made.at("/metadata/name"));
    assertThat(commands.get(4)).isEqualTo("helm test " + Release.name(installed.deployment()));
    assertThat(installed.all("Pod")).hasSize(1);
  }

  private static String[] words(String command, String... more) {
    return Stream.concat(Arrays.stream(command.split(" +")).skip(1), Arrays.stream(more))
        .toArray(String[]::new);
  }

  @Test
  void documentsEveryValue() throws IOException {
    Tool generator =
        Tool.require("node_modules/.bin/readme-generator", "the table of values in helm/README.md");
    Path committed = Chart.DIRECTORY.resolve("README.md");
    Path generated = directory.resolve("README.md");
    Files.copy(committed, generated, StandardCopyOption.REPLACE_EXISTING);

    generator.run("--values", "helm/values.yaml", "--readme", generated.toString());

    assertThat(generated).hasSameTextualContentAs(committed);
  }

  @Test
  void alertsWhenTheyShould() throws IOException {
    Tool promtool = Tool.require("promtool", "the alerts under Prometheus");
    JsonNode rule = Chart.render(Path.of("helm/ci/monitoring-values.yaml")).the("PrometheusRule");
    Files.writeString(directory.resolve("rules.yaml"), rule.at("/spec").toString());
    Path tests = directory.resolve("alerts.yaml");
    Files.copy(Path.of("src/test/resources/alerts.yaml"), tests);

    assertThat(promtool.run("check", "rules", directory.resolve("rules.yaml").toString()))
        .contains("SUCCESS");
    assertThat(promtool.run("test", "rules", tests.toString())).contains("SUCCESS");
  }
}
