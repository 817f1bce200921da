package dev.cloakroom.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Vendor;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Alerts, dashboard and scaling name only metrics and labels that the running service exports, if
 * only because its Redis is gone.
 */
@TestPropertySource(properties = {"cloakroom.cluster.enabled=true", "spring.data.redis.port=1"})
class ChartMetricsTests extends ServiceTests {

  /** A metric with its labels in braces: every one has some in the chart. */
  private static final Pattern SERIES = Pattern.compile("([a-z_]+)\\{([^}]*(?:\\{id}[^}]*)?)}");

  private static final Pattern LABEL = Pattern.compile("(\\w+)(=~|!=|=)\"((?:[^\"\\\\]|\\\\.)*)\"");

  private static final Pattern GROUPING = Pattern.compile("by \\(([^)]*)\\)");

  /** What Prometheus adds when it scrapes. */
  private static final Set<String> ADDED = Set.of("namespace", "service", "pod");

  private String scrape = "";

  @BeforeEach
  void scrapeAfterOneOfEach() {
    String ready = newId();
    String refused = newId();
    vendor.answers(ready, Vendor.ready(ready));
    vendor.answers(refused, Vendor.example("13-error-invalid-key"));
    service.get("/images/" + ready);
    service.get("/images/" + refused);
    await()
        .untilAsserted(
            () -> {
              scrape = management.get("/actuator/prometheus").body();
              assertThat(scrape).contains("http_client_requests_seconds_count");
            });
  }

  @Test
  void alertsOnMetricsThatThereAre() {
    JsonNode rules = monitoring().the("PrometheusRule").at("/spec/groups/0/rules");

    assertThat(rules.valueStream().map(rule -> rule.at("/expr").asString()))
        .hasSizeGreaterThan(5)
        .allSatisfy(this::isAnsweredByTheScrape);
    assertThat(rules.valueStream())
        .allSatisfy(
            rule -> {
              assertThat(rule.at("/annotations/summary").asString()).isNotEmpty();
              assertThat(rule.at("/annotations/runbook").asString()).isNotEmpty();
              assertThat(rule.at("/labels/severity").asString()).isIn("critical", "warning");
            });
  }

  @Test
  void drawsMetricsThatThereAre() {
    JsonNode config =
        monitoring().all("ConfigMap").stream()
            .filter(map -> map.at("/data").has("cloakroom.json"))
            .findFirst()
            .orElseThrow();
    JsonNode dashboard = JsonMapper.shared().readTree(config.at("/data/cloakroom.json").asString());

    assertThat(dashboard.findValues("expr").stream().map(JsonNode::asString))
        .hasSizeGreaterThan(10)
        .allSatisfy(this::isAnsweredByTheScrape);
    assertThat(dashboard.at("/templating/list").valueStream())
        .filteredOn(variable -> variable.at("/type").asString().equals("query"))
        .allMatch(variable -> variable.at("/query").asString().contains("(cloakroom_cache_bytes"));
  }

  @Test
  void alertsBeforeAPodRefusesCallersWhoWait() {
    String bound = "cloakroom.lookup.max-waiters` | `5000`";

    assertThat(Path.of("docs/configuration.md")).content().contains(bound);
    assertThat(monitoring().toString()).contains("> 4000\"");
    assertThat(
            Chart.render(
                    "{prometheusRule: {enabled: true}, config: {cloakroom.lookup.maxWaiters:"
                        + " 100}}")
                .toString())
        .contains("> 80\"");
  }

  @Test
  void scalesByMetricsThatThereAre() {
    JsonNode keda = Chart.render(Path.of("helm/ci/keda-values.yaml")).the("ScaledObject");

    assertThat(keda.findValues("query").stream().map(JsonNode::asString))
        .hasSize(2)
        .allSatisfy(this::isAnsweredByTheScrape);
  }

  private static Release monitoring() {
    return Chart.render(Path.of("helm/ci/monitoring-values.yaml"));
  }

  private void isAnsweredByTheScrape(String expression) {
    assertThat(SERIES.matcher(expression).results().map(series -> series.group(1)))
        .as(expression)
        .isNotEmpty()
        .containsExactlyElementsOf(metricsIn(expression));
    SERIES
        .matcher(expression)
        .results()
        .forEach(series -> hasSeries(series.group(1), series.group(2)));
    assertThat(GROUPING.matcher(expression).results().map(labels -> labels.group(1)))
        .flatMap(labels -> List.of(labels.split(", ")))
        .allMatch(label -> ADDED.contains(label) || scrape.contains(label + "=\""));
  }

  /** Whatever is named like a metric, with or without braces. */
  private static List<String> metricsIn(String expression) {
    return Pattern.compile("\\b(?:cloakroom|http|jvm|cache|process|tomcat)_[a-z_]+\\b")
        .matcher(expression.replaceAll("\"[^\"]*\"", ""))
        .results()
        .map(MatchResult::group)
        .toList();
  }

  /** Whether there is one with these labels; their values come with time. */
  private void hasSeries(String metric, String selector) {
    Set<String> labels = new TreeSet<>();
    Matcher label = LABEL.matcher(selector);
    while (label.find()) {
      if (!ADDED.contains(label.group(1))) {
        labels.add(label.group(1));
      }
    }
    Stream<String> series = scrape.lines().filter(line -> line.matches(metric + "[ {].*"));
    Set<String> known =
        series
            .flatMap(line -> LABEL.matcher(line).results().map(match -> match.group(1)))
            .collect(Collectors.toSet());
    assertThat(scrape).containsPattern("(?m)^" + metric + "[ {]");
    assertThat(known).as(metric).containsAll(labels);
  }
}
