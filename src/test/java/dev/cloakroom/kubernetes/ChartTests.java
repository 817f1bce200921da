package dev.cloakroom.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.OpenApi;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.core.io.support.PropertiesLoaderUtils;
import tools.jackson.databind.JsonNode;

/** The chart's objects find each other in every scenario, and do what some values promise. */
class ChartTests {

  static List<Path> scenarios() {
    return Chart.scenarios();
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void selectsItsOwnPods(Path scenario) {
    Release release = Chart.render(scenario);
    assertThat(
            Stream.of(
                    release.all("Deployment").stream()
                        .map(it -> it.at("/spec/selector/matchLabels")),
                    release.all("Service").stream().map(it -> it.at("/spec/selector")),
                    release.all("PodDisruptionBudget").stream()
                        .map(it -> it.at("/spec/selector/matchLabels")),
                    release.all("NetworkPolicy").stream()
                        .map(it -> it.at("/spec/podSelector/matchLabels")),
                    release
                        .template()
                        .at("/spec/topologySpreadConstraints")
                        .valueStream()
                        .map(it -> it.at("/labelSelector/matchLabels")))
                .flatMap(selectors -> selectors))
        .hasSizeGreaterThanOrEqualTo(4)
        .allSatisfy(selector -> assertThat(release.template(selector)).isNotEmpty());
    assertThat(release.all("Pod"))
        .noneMatch(
            pod ->
                Release.matches(
                    release.deployment().at("/spec/selector/matchLabels"),
                    pod.at("/metadata/labels")));
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void pointsAtThingsThatExist(Path scenario) {
    Release release = Chart.render(scenario);
    Set<String> ports = Release.texts(release.container().at("/ports"), "/name");
    String name = Release.name(release.deployment());

    assertThat(ports).containsExactlyInAnyOrder("http", "management");
    assertThat(release.all("Service"))
        .allSatisfy(
            it ->
                assertThat(
                        Release.texts(
                            release
                                .template(it.at("/spec/selector"))
                                .at("/spec/containers/0/ports"),
                            "/name"))
                    .containsAll(Release.texts(it.at("/spec/ports"), "/targetPort")));
    assertThat(List.of("startup", "liveness", "readiness"))
        .allSatisfy(
            probe ->
                assertThat(release.container().at("/" + probe + "Probe/httpGet/port").asString())
                    .isEqualTo("management"));
    assertThat(release.all("HorizontalPodAutoscaler"))
        .allMatch(it -> it.at("/spec/scaleTargetRef/name").asString().equals(name));
    assertThat(release.all("ScaledObject"))
        .allMatch(it -> it.at("/spec/scaleTargetRef/name").asString().equals(name));
    assertThat(release.all("ServiceMonitor"))
        .allSatisfy(
            monitor ->
                assertThat(release.all("Service"))
                    .filteredOn(
                        it ->
                            Release.matches(
                                monitor.at("/spec/selector/matchLabels"),
                                it.at("/metadata/labels")))
                    .singleElement()
                    .satisfies(
                        service ->
                            assertThat(Release.texts(service.at("/spec/ports"), "/name"))
                                .containsAll(
                                    Release.texts(monitor.at("/spec/endpoints"), "/port"))));
    assertThat(Release.texts(release.container().at("/volumeMounts"), "/name"))
        .isEqualTo(Release.texts(release.template().at("/spec/volumes"), "/name"));
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void leavesTimeForAnswersUnderWay(Path scenario) {
    JsonNode pod = Chart.render(scenario).template().at("/spec");

    int sleep = pod.at("/containers/0/lifecycle/preStop/sleep/seconds").asInt();

    assertThat(sleep).isPositive();
    assertThat(pod.at("/terminationGracePeriodSeconds").asInt()).isGreaterThanOrEqualTo(sleep + 30);
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void rendersTemplatesInValuesAndLabelsEverything(Path scenario) {
    Release release = Chart.render(scenario);

    assertThat(release.objects())
        .filteredOn(it -> !it.at("/kind").asString().equals("PrometheusRule"))
        .filteredOn(it -> !it.at("/data").has("cloakroom.json"))
        .noneMatch(it -> it.toString().contains("{{"));
    assertThat(release.objects())
        .filteredOn(it -> it.at("/metadata").has("labels"))
        .hasSizeGreaterThanOrEqualTo(4)
        .allSatisfy(
            it ->
                assertThat(it.at("/metadata/labels").propertyNames())
                    .contains(
                        "app.kubernetes.io/name", "app.kubernetes.io/instance", "helm.sh/chart"));
    assertThat(release.objects())
        .doesNotHaveDuplicates()
        .extracting(it -> it.at("/kind").asString() + " " + Release.name(it))
        .doesNotHaveDuplicates();
  }

  @Test
  void replacesPodsWhenTheirConfigMoves() {
    String before = checksum("config: {cloakroom: {cache: {ready: 6h}}}");
    String after = checksum("config: {cloakroom: {cache: {ready: 12h}}}");
    String same = checksum("{config: {cloakroom: {cache: {ready: 12h}}}, replicaCount: 3}");

    assertThat(after).isNotEmpty().isNotEqualTo(before).isEqualTo(same);
  }

  private static String checksum(String values) {
    return Chart.render(values).template().at("/metadata/annotations/checksum~1config").asString();
  }

  @Test
  void givesTheServiceTheAddressOfRedis() {
    Release alone = Chart.render("");
    Release shared = Chart.render(Path.of("helm/ci/redis-values.yaml"));

    assertThat(alone.container().at("/env").toString()).doesNotContain("REDIS");
    assertThat(environment(shared))
        .containsEntry("CLOAKROOM_CLUSTER_ENABLED", "true")
        .containsEntry("SPRING_DATA_REDIS_HOST", "cache.example.com")
        .containsEntry("SPRING_DATA_REDIS_PORT", "6380")
        .containsEntry("SPRING_DATA_REDIS_SSL_ENABLED", "true")
        .containsEntry("SPRING_DATA_REDIS_USERNAME", "cloakroom");
  }

  @Test
  void givesTheServiceTheNodesOfRedisCluster() {
    Release release = Chart.render(Path.of("helm/ci/redis-cluster-values.yaml"));

    assertThat(environment(release)).containsEntry("CLOAKROOM_CLUSTER_ENABLED", "true");
    assertThat(release.the("ConfigMap").at("/data/application.yaml").asString())
        .contains("nodes: redis-0.example.com:6379,redis-1.example.com:6379");
  }

  @Test
  void runsASmallRedisForTrialsThatEvictsWhatIsTooMuch() {
    Release release = Chart.render(Path.of("helm/ci/redis-trial-values.yaml"));
    JsonNode service = release.find("Service", "images-cloakroom-redis");
    JsonNode redis = release.template(service.at("/spec/selector")).at("/spec/containers/0");

    assertThat(environment(release))
        .containsEntry("CLOAKROOM_CLUSTER_ENABLED", "true")
        .containsEntry("SPRING_DATA_REDIS_HOST", Release.name(service))
        .containsEntry("SPRING_DATA_REDIS_PORT", service.at("/spec/ports/0/port").asString());
    assertThat(redis.at("/args").valueStream().map(JsonNode::asString))
        .containsSubsequence("--save", "", "--maxmemory", "64mb", "--maxmemory-policy");
    assertThat(redis.at("/resources/limits/memory").asString()).isEqualTo("128Mi");
    assertThat(release.find("Deployment", Release.name(service)).at("/spec/strategy/type"))
        .hasToString("\"Recreate\"");
  }

  private static Map<String, String> environment(Release release) {
    return release
        .container()
        .at("/env")
        .valueStream()
        .collect(
            Collectors.toMap(it -> it.at("/name").asString(), it -> it.at("/value").asString()));
  }

  @Test
  void leavesTheNumberOfPodsToWhatScalesThem() {
    Release fixed = Chart.render("replicaCount: 3");
    Release scaled = Chart.render("autoscaling: {enabled: true}");
    Release byKeda = Chart.render("keda: {enabled: true, triggers: [{type: cpu}]}");

    assertThat(fixed.deployment().at("/spec/replicas").asInt()).isEqualTo(3);
    assertThat(scaled.deployment().at("/spec").has("replicas")).isFalse();
    assertThat(byKeda.deployment().at("/spec").has("replicas")).isFalse();
    assertThat(scaled.the("HorizontalPodAutoscaler").at("/spec/behavior/scaleDown")).isNotEmpty();
  }

  @Test
  void hasTheReleaseOfTheServiceAsTheImageHasAndNeverASnapshotThatNodesWouldKeep()
      throws IOException {
    String version =
        PropertiesLoaderUtils.loadAllProperties("META-INF/build-info.properties")
            .getProperty("build.version")
            .replace("-SNAPSHOT", "");

    assertThat(Chart.render("").container().at("/imagePullPolicy").asString())
        .isEqualTo("IfNotPresent");
    assertThat(Chart.render("").container().at("/image").asString())
        .isEqualTo("cloakroom:" + version);
    assertThat(Path.of("Dockerfile")).content().contains("ARG VERSION=" + version + "\n");
    assertThat(OpenApi.document().at("/info/version").asString()).isEqualTo(version);
  }

  @Test
  void asksWhetherItStartedOnlyWhenItMayHave() throws IOException {
    JsonNode probe = Chart.render("").container().at("/startupProbe");
    Matcher start =
        Pattern.compile("first \"ready\", [0-9]+ starts \\| [0-9.]+ to ([0-9.]+) s")
            .matcher(Files.readString(Path.of("docs/performance.md")));
    assertThat(start.find()).isTrue();
    double longest = Double.parseDouble(start.group(1));

    int delay = probe.at("/initialDelaySeconds").asInt();

    assertThat((double) delay).isBetween(longest, longest + 1);
    assertThat(delay + probe.at("/periodSeconds").asInt() * probe.at("/failureThreshold").asInt())
        .isEqualTo(90);
  }

  @ParameterizedTest
  @CsvSource({"existingConfigMap, configMap, name", "existingSecret, secret, secretName"})
  void trustsTheAuthorityOfTheVendor(String value, String kind, String reference) {
    Release release =
        Chart.render("upstream: {ca: {%s: '{{ .Release.Name }}-ca', key: a.pem}}".formatted(value));
    JsonNode mount = Release.find(release.container().at("/volumeMounts"), "upstream-ca");
    JsonNode volume = Release.find(release.template().at("/spec/volumes"), "upstream-ca");

    assertThat(environment(release))
        .containsEntry("CLOAKROOM_UPSTREAM_SSL_BUNDLE", "upstream")
        .containsEntry(
            "SPRING_SSL_BUNDLE_PEM_UPSTREAM_TRUSTSTORE_CERTIFICATE",
            mount.at("/mountPath").asString() + "/ca.crt");
    assertThat(mount.at("/readOnly").asBoolean()).isTrue();
    assertThat(volume.path(kind).path(reference).asString()).isEqualTo("images-ca");
    assertThat(volume.path(kind).at("/items/0/key").asString()).isEqualTo("a.pem");
    assertThat(volume.path(kind).at("/items/0/path").asString()).isEqualTo("ca.crt");
    assertThat(Chart.render("").container().at("/env").toString()).doesNotContain("SSL");
  }

  @Test
  void scalesByTheCpuOfHitsAndByCallersWhoWait() {
    JsonNode triggers =
        Chart.render(Path.of("helm/ci/keda-values.yaml")).the("ScaledObject").at("/spec/triggers");
    JsonNode alone = Chart.render("keda: {enabled: true}").the("ScaledObject").at("/spec/triggers");
    JsonNode without =
        Chart.render(
                "keda: {enabled: true, targetCPUUtilizationPercentage: 0, triggers: [{type:"
                    + " cron}]}")
            .the("ScaledObject")
            .at("/spec/triggers");

    assertThat(Release.texts(triggers, "/type")).containsExactlyInAnyOrder("cpu", "prometheus");
    assertThat(alone).hasSize(1);
    assertThat(alone.at("/0/type").asString()).isEqualTo("cpu");
    assertThat(alone.at("/0/metricType").asString()).isEqualTo("Utilization");
    assertThat(alone.at("/0/metadata/value").asString()).isEqualTo("70");
    assertThat(alone.at("/0/metadata/containerName"))
        .isEqualTo(Chart.render("").container().at("/name"));
    assertThat(Release.texts(without, "/type")).containsExactly("cron");
  }

  @Test
  void startsNewPodsBeforeItStopsOldOnes() {
    JsonNode update = Chart.render("").deployment().at("/spec/strategy/rollingUpdate");

    assertThat(update.at("/maxUnavailable").asInt(1)).isZero();
    assertThat(update.at("/maxSurge").asInt()).isPositive();
  }

  @Test
  void waitsAtTheGatewayForLongerThanCallersDoAndForEventsWithoutLimit() {
    JsonNode rules =
        Chart.render(Path.of("helm/ci/gateway-values.yaml")).the("HTTPRoute").at("/spec/rules");

    assertThat(rules).hasSize(2);
    assertThat(rules.at("/0/matches/0/headers/0/value").asString()).isEqualTo("text/event-stream");
    assertThat(rules.at("/0/timeouts").valueStream().map(JsonNode::asString))
        .containsExactly("0s", "0s");
    assertThat(rules.at("/1/matches/0").has("headers")).isFalse();
    assertThat(rules.at("/1/timeouts").valueStream().map(JsonNode::asString))
        .hasSize(2)
        .allMatch(timeout -> Integer.parseInt(timeout.replace("s", "")) > 60);
    assertThat(rules.at("/0/matches/0/path")).isEqualTo(rules.at("/1/matches/0/path"));
    assertThat(rules.at("/0/backendRefs")).isEqualTo(rules.at("/1/backendRefs"));
  }

  @Test
  void saysWhatToDoNextAndWarnsOfRisks() {
    String notes = Chart.notes(Path.of("helm/ci/default-values.yaml"));
    String risky = Chart.notes(Path.of("helm/ci/inline-key-values.yaml"));

    assertThat(notes)
        .contains(
            "create secret generic images-cloakroom-api-key",
            "helm --namespace frontend test images")
        .containsOnlyOnce("WARNING")
        .contains("WARNING: There is more than one replica, and each asks");
    assertThat(Chart.notes(Path.of("helm/ci/redis-values.yaml"))).doesNotContain("WARNING");
    assertThat(Chart.notes(Path.of("helm/ci/redis-trial-values.yaml")))
        .containsOnlyOnce("WARNING")
        .contains("WARNING: The Redis is one for trials");
    assertThat(Chart.notes(Path.of("helm/ci/autoscaling-values.yaml")))
        .contains("WARNING: There is more than one replica");
    assertThat(risky)
        .contains("WARNING: There is one replica", "WARNING: The API key is among")
        .contains("WARNING: There is no network policy")
        .doesNotContain("more than one replica");
    assertThat(Chart.notes(Path.of("helm/ci/gateway-values.yaml")))
        .contains("WARNING: Everybody who reaches Cloakroom from outside");
    assertThat(Chart.notes(Path.of("helm/ci/ingress-values.yaml")))
        .contains("wait for the Secret image-callers")
        .doesNotContain("WARNING: Everybody");
  }

  @Test
  void givesPicturesRoomForWhatIsKeptAndWhatIsOnItsWay() throws IOException {
    String settings = Files.readString(Path.of("docs/configuration.md"));

    assertThat(settings)
        .contains(
            "`cloakroom.content.max-size` | `1GB`",
            "`cloakroom.content.max-picture-size` | `32MB`",
            "`cloakroom.content.max-fetches` | `16`");
    assertThat(
            Release.find(Chart.render("").template().at("/spec/volumes"), "pictures")
                .at("/emptyDir/sizeLimit")
                .asString())
        .as("1 GB, and 16 fetches and 8 reads from the store of 32 MB")
        .isEqualTo("2Gi");
  }

  @Test
  void sendsTracesOnlyWhereAnEndpointIsSet() {
    assertThat(environment(Chart.render(Path.of("helm/ci/tracing-values.yaml"))))
        .containsEntry(
            "MANAGEMENT_OPENTELEMETRY_TRACING_EXPORT_OTLP_ENDPOINT",
            "http://collector.observability:4318/v1/traces")
        .containsEntry("MANAGEMENT_TRACING_SAMPLING_PROBABILITY", "0.25");
    assertThat(environment(Chart.render("tracing: {sampling: 1}")).keySet())
        .noneMatch(name -> name.contains("TRACING"));
  }

  @Test
  void sharesPicturesThroughTheStore() {
    Release release = Chart.render(Path.of("helm/ci/s3-values.yaml"));

    assertThat(environment(release))
        .containsEntry("CLOAKROOM_CONTENT_DIRECTORY", "/var/cache/cloakroom")
        .containsEntry("CLOAKROOM_CONTENT_S3_BUCKET", "pictures")
        .containsEntry("CLOAKROOM_CONTENT_S3_PREFIX", "cloakroom/")
        .containsEntry("CLOAKROOM_CONTENT_S3_REGION", "eu-central-1")
        .containsEntry("CLOAKROOM_CONTENT_S3_ENDPOINT", "http://store.storage:9000")
        .containsEntry("CLOAKROOM_CONTENT_S3_PATH_STYLE", "true");
    assertThat(
            Release.find(release.template().at("/spec/volumes"), "pictures")
                .at("/ephemeral/volumeClaimTemplate/spec/accessModes/0")
                .asString())
        .isEqualTo("ReadWriteOnce");
    assertThat(Chart.notes(Path.of("helm/ci/s3-values.yaml")))
        .doesNotContain("set content.s3.bucket");
  }

  @Test
  void mountsTheCallersSecrets() {
    Release release = Chart.render(Path.of("helm/ci/everything-values.yaml"));

    assertThat(release.template().at("/spec/volumes").toString())
        .contains("\"secretName\":\"images-callers\"");
    assertThat(release.container().at("/env").toString())
        .contains("CLOAKROOM_ACCESS_CALLER_DIRECTORY");
    assertThat(release.container().at("/volumeMounts").toString())
        .contains("/etc/cloakroom/callers");
    assertThat(testCommand(release)).contains("401", "urn:cloakroom:problem:unauthenticated");
    Release open = Chart.render("");
    assertThat(open.container().toString()).doesNotContain("callers", "CALLER");
    assertThat(testCommand(open)).contains("400", "urn:cloakroom:problem:invalid-request");
  }

  private static String testCommand(Release release) {
    return release.the("Pod").at("/spec/containers/0/command/4").asString();
  }
}
