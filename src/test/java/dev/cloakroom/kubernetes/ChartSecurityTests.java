package dev.cloakroom.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** In every scenario pods may do little, the key is in one place, and the policy has every port. */
class ChartSecurityTests {

  static List<Path> scenarios() {
    return Chart.scenarios();
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void passesPodSecurityRestricted(Path scenario) {
    Release release = Chart.render(scenario);

    assertThat(release.podSpecs())
        .hasSize(scenario.endsWith("redis-trial-values.yaml") ? 3 : 2)
        .allSatisfy(
            pod -> {
              assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean()).isTrue();
              assertThat(pod.at("/securityContext/runAsUser").asInt()).isPositive();
              assertThat(pod.at("/securityContext/seccompProfile/type").asString())
                  .isEqualTo("RuntimeDefault");
              assertThat(pod.path("hostNetwork").asBoolean(false)).isFalse();
              assertThat(pod.path("volumes").valueStream()).noneMatch(it -> it.has("hostPath"));
              assertThat(Release.containers(pod))
                  .allSatisfy(
                      container -> {
                        JsonNode security = container.at("/securityContext");
                        assertThat(security.at("/allowPrivilegeEscalation").asBoolean(true))
                            .isFalse();
                        assertThat(security.at("/capabilities/drop/0").asString()).isEqualTo("ALL");
                        assertThat(security.at("/readOnlyRootFilesystem").asBoolean()).isTrue();
                      });
            });
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void givesPodsNothingOfTheCluster(Path scenario) {
    Release release = Chart.render(scenario);

    assertThat(release.podSpecs())
        .allSatisfy(
            pod -> {
              assertThat(pod.at("/automountServiceAccountToken").asBoolean(true)).isFalse();
              assertThat(pod.at("/enableServiceLinks").asBoolean(true)).isFalse();
            });
    assertThat(release.all("ServiceAccount"))
        .allMatch(it -> !it.at("/automountServiceAccountToken").asBoolean(true));
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void namesAnExactVersionOfEveryImage(Path scenario) {
    Release release = Chart.render(scenario);

    assertThat(
            release.podSpecs().stream()
                .flatMap(Release::containers)
                .map(container -> container.at("/image").asString()))
        .isNotEmpty()
        .allMatch(image -> image.matches(".+(:[\\w.-]+|@sha256:[0-9a-f]{64})"))
        .noneMatch(image -> image.endsWith(":latest"));
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void mountsTheKeyAsFilesAndPutsItNowhereElse(Path scenario) {
    Release release = Chart.render(scenario);
    JsonNode mount = Release.find(release.container().at("/volumeMounts"), "keys");
    JsonNode volume = Release.find(release.template().at("/spec/volumes"), "keys");

    assertThat(mount.has("subPath")).isFalse();
    assertThat(mount.at("/readOnly").asBoolean()).isTrue();
    assertThat(volume.at("/secret/defaultMode").asInt()).isEqualTo(0440);
    assertThat(release.container().at("/env/0/name").asString())
        .isEqualTo("CLOAKROOM_UPSTREAM_KEY_DIRECTORY");
    assertThat(release.container().at("/env/0/value")).isEqualTo(mount.at("/mountPath"));
    assertThat(release.container().at("/env").findValues("secretKeyRef")).isEmpty();
    assertThat(release.all("Secret"))
        .hasSize(scenario.endsWith("inline-key-values.yaml") ? 1 : 0)
        .allMatch(it -> Release.name(it).equals(volume.at("/secret/secretName").asString()));
    assertThat(release.all("ExternalSecret"))
        .allMatch(it -> it.at("/spec/target/name").equals(volume.at("/secret/secretName")));
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void letsThePodWriteToItsTemporaryDirectoryAndToPicturesAlone(Path scenario) {
    Release release = Chart.render(scenario);
    JsonNode volumes = release.template().at("/spec/volumes");
    JsonNode temporary = Release.find(volumes, "tmp");
    JsonNode pictures = Release.find(volumes, "pictures");

    assertThat(temporary.at("/emptyDir/sizeLimit").asString()).isNotEmpty();
    assertThat(
            pictures.at("/emptyDir/sizeLimit").asString("")
                + pictures
                    .at("/ephemeral/volumeClaimTemplate/spec/resources/requests/storage")
                    .asString(""))
        .isNotEmpty();
    assertThat(release.container().at("/volumeMounts").valueStream())
        .filteredOn(mount -> !mount.at("/readOnly").asBoolean(false))
        .extracting(mount -> mount.at("/mountPath").asString())
        .containsExactly("/tmp", "/var/cache/cloakroom");
  }

  @Test
  void mountsThePasswordOfRedisAsAFileThatIsNamedAsTheSetting() {
    Release release = Chart.render(Path.of("helm/ci/redis-values.yaml"));
    JsonNode mount = Release.find(release.container().at("/volumeMounts"), "redis-password");
    JsonNode secret =
        Release.find(release.template().at("/spec/volumes"), "redis-password").at("/secret");

    assertThat(Release.find(release.container().at("/env"), "SPRING_CONFIG_IMPORT").at("/value"))
        .hasToString("\"configtree:" + mount.at("/mountPath").asString() + "/\"");
    assertThat(mount.at("/readOnly").asBoolean()).isTrue();
    assertThat(secret.at("/secretName").asString()).isEqualTo("redis");
    assertThat(secret.at("/items/0/key").asString()).isEqualTo("redis-password");
    assertThat(secret.at("/items/0/path").asString()).isEqualTo("spring.data.redis.password");
    assertThat(secret.at("/defaultMode").asInt()).isEqualTo(0440);
  }

  @Test
  void mountsTheCredentialsOfTheStoreAsAFile() {
    Release release = Chart.render(Path.of("helm/ci/s3-values.yaml"));
    JsonNode mount = Release.find(release.container().at("/volumeMounts"), "s3-credentials");
    JsonNode secret =
        Release.find(release.template().at("/spec/volumes"), "s3-credentials").at("/secret");

    assertThat(
            Release.find(release.container().at("/env"), "AWS_SHARED_CREDENTIALS_FILE")
                .at("/value")
                .asString())
        .isEqualTo(mount.at("/mountPath").asString() + "/credentials");
    assertThat(mount.at("/readOnly").asBoolean()).isTrue();
    assertThat(secret.at("/secretName").asString()).isEqualTo("store");
    assertThat(secret.at("/items/0/path").asString()).isEqualTo("credentials");
    assertThat(secret.at("/defaultMode").asInt()).isEqualTo(0440);
    assertThat(Chart.render("").container().toString()).doesNotContain("AWS", "S3");
  }

  @Test
  void letsTheServiceOutToTheStore() {
    Release release = Chart.render(Path.of("helm/ci/s3-values.yaml"));

    assertThat(release.find("NetworkPolicy", Release.name(release.deployment())).at("/spec/egress"))
        .anyMatch(
            rule ->
                rule.at("/ports/0/port").asInt(0) == 9000
                    && rule.at("/to/0/namespaceSelector").isObject());
  }

  @Test
  void letsTracesOutToTheirCollector() {
    Release release = Chart.render(Path.of("helm/ci/tracing-values.yaml"));

    assertThat(release.find("NetworkPolicy", Release.name(release.deployment())).at("/spec/egress"))
        .anyMatch(
            rule ->
                rule.at("/ports/0/port").asInt(0) == 4318
                    && rule.at("/to/0/namespaceSelector").isObject());
  }

  @Test
  void letsOnlyTheServiceComeToTheRedisForTrialsAndNothingOutOfIt() {
    Release release = Chart.render(Path.of("helm/ci/redis-trial-values.yaml"));
    JsonNode policy = release.find("NetworkPolicy", "images-cloakroom-redis").at("/spec");
    JsonNode from = policy.at("/ingress/0/from");

    assertThat(policy.has("egress")).isFalse();
    assertThat(from).hasSize(1);
    assertThat(release.template(from.at("/0/podSelector/matchLabels")))
        .isEqualTo(release.template());
  }

  @ParameterizedTest
  @ValueSource(strings = {"redis", "redis-trial", "everything"})
  void letsTheServiceOutToRedis(String scenario) {
    Release release = Chart.render(Path.of("helm/ci/" + scenario + "-values.yaml"));
    String port =
        Release.find(release.container().at("/env"), "SPRING_DATA_REDIS_PORT")
            .at("/value")
            .asString();

    assertThat(release.find("NetworkPolicy", Release.name(release.deployment())).at("/spec/egress"))
        .anyMatch(rule -> rule.at("/ports/0/port").asString().equals(port));
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void coversEveryPortByItsPolicyAndRoutesOnlyTheService(Path scenario) {
    Release release = Chart.render(scenario);
    String service = Release.name(release.deployment());

    assertThat(release.all("NetworkPolicy"))
        .hasSize(scenario.endsWith("inline-key-values.yaml") ? 0 : release.all("Deployment").size())
        .allSatisfy(
            policy -> {
              JsonNode pods = release.template(policy.at("/spec/podSelector/matchLabels"));
              assertThat(policy.at("/spec/policyTypes").valueStream().map(JsonNode::asString))
                  .containsExactly("Ingress", "Egress");
              assertThat(policy.at("/spec/ingress").valueStream())
                  .allMatch(rule -> !rule.path("from").isEmpty())
                  .flatExtracting(rule -> List.copyOf(Release.texts(rule.at("/ports"), "/port")))
                  .containsExactlyInAnyOrderElementsOf(
                      Release.texts(pods.at("/spec/containers/0/ports"), "/name"));
              assertThat(policy.at("/spec/egress").valueStream())
                  .allMatch(rule -> !rule.path("to").isEmpty() && !rule.path("ports").isEmpty());
            });
    assertThat(release.all("Ingress"))
        .flatExtracting(it -> it.findValues("service"))
        .allMatch(
            it ->
                it.at("/name").asString().equals(service)
                    && it.at("/port/name").asString().equals("http"));
    assertThat(release.all("HTTPRoute"))
        .flatExtracting(it -> it.findValues("backendRefs"))
        .allMatch(it -> it.at("/0/name").asString().equals(service));
    assertThat(release.all("Service"))
        .filteredOn(it -> Release.name(it).equals(service))
        .singleElement()
        .satisfies(
            it ->
                assertThat(Release.texts(it.at("/spec/ports"), "/targetPort"))
                    .containsExactly("http"));
  }
}
