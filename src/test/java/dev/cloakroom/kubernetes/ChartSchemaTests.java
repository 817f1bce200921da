package dev.cloakroom.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Every object is one that Kubernetes takes: no field unknown, none missing. */
class ChartSchemaTests {

  private static final Map<String, Class<?>> CUSTOM =
      Map.of(
          "HTTPRoute", HTTPRoute.class,
          "ServiceMonitor", ServiceMonitor.class,
          "PrometheusRule", PrometheusRule.class);

  /** Kinds that only the published schemas describe. */
  private static final List<String> OTHER = List.of("ScaledObject", "ExternalSecret");

  private static final ObjectMapper STRICT =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .setAnnotationIntrospector(new WithoutAnySetters());

  static List<Path> scenarios() {
    return Chart.scenarios();
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void rendersWhatTheModelsOfKubernetesTake(Path scenario) {
    Release release = Chart.render(scenario);

    assertThat(release.objects()).allSatisfy(ChartSchemaTests::check);
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void rendersWhatThePublishedSchemasTake(Path scenario) {
    Schemas schemas = Schemas.require();

    assertThat(Chart.render(scenario).objects())
        .allSatisfy(object -> assertThat(schemas.faults(object)).isEmpty());
  }

  @Test
  void wouldNoticeAnUnknownFieldAndAMissingOne() {
    String service = "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: %s}";
    String route =
        "{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: a}, spec:"
            + " {host: a}}";

    assertThatThrownBy(() -> check(only(service.formatted("{prots: []}"))))
        .hasStackTraceContaining("prots");
    assertThatThrownBy(() -> check(only(service.formatted("{ports: [{name: a}]}"))))
        .hasStackTraceContaining("`port`");
    assertThatThrownBy(() -> check(only(route))).hasStackTraceContaining("host");
  }

  private static JsonNode only(String yaml) {
    return Release.of(yaml).objects().getFirst();
  }

  private static void check(JsonNode object) throws Exception {
    String kind = object.at("/kind").asString();
    String apiVersion = object.at("/apiVersion").asString();
    if (CUSTOM.containsKey(kind)) {
      STRICT.readValue(object.toString(), CUSTOM.get(kind));
    } else if (!OTHER.contains(kind)) {
      String version = apiVersion.substring(apiVersion.indexOf('/') + 1).replace('v', 'V');
      Class.forName("io.kubernetes.client.openapi.models." + version + kind)
          .getMethod("validateJsonElement", JsonElement.class)
          .invoke(null, JsonParser.parseString(object.toString()));
    }
  }

  /** The models keep fields that they do not know; without their setters, such fields fail. */
  private static final class WithoutAnySetters extends JacksonAnnotationIntrospector {

    private static final long serialVersionUID = 1;

    @Override
    public Boolean hasAnySetter(Annotated annotated) {
      return Boolean.FALSE;
    }
  }
}
