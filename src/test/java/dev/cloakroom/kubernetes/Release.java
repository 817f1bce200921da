package dev.cloakroom.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The objects that the chart renders to. */
public record Release(List<JsonNode> objects) {

  static Release of(String manifest) {
    var documents = new Yaml(new SafeConstructor(new LoaderOptions())).loadAll(manifest);
    return new Release(
        StreamSupport.stream(documents.spliterator(), false)
            .filter(document -> document instanceof Map)
            .map(document -> JsonMapper.shared().<JsonNode>valueToTree(document))
            .toList());
  }

  List<JsonNode> all(String kind) {
    return objects.stream().filter(object -> object.at("/kind").asString().equals(kind)).toList();
  }

  /** The only one of its kind. */
  public JsonNode the(String kind) {
    assertThat(all(kind)).hasSize(1);
    return all(kind).getFirst();
  }

  /** The service's. */
  JsonNode deployment() {
    return all("Deployment").stream()
        .filter(it -> it.at("/spec/template/spec/containers/0/name").asString().equals("cloakroom"))
        .findFirst()
        .orElseThrow();
  }

  JsonNode find(String kind, String name) {
    return all(kind).stream().filter(it -> name(it).equals(name)).findFirst().orElseThrow();
  }

  JsonNode template() {
    return deployment().at("/spec/template");
  }

  JsonNode container() {
    return template().at("/spec/containers/0");
  }

  /** The template of the only pods that a selector finds. */
  JsonNode template(JsonNode selector) {
    List<JsonNode> found =
        all("Deployment").stream()
            .map(it -> it.at("/spec/template"))
            .filter(template -> matches(selector, template.at("/metadata/labels")))
            .toList();
    assertThat(found).as(selector.toString()).hasSize(1);
    return found.getFirst();
  }

  /** What runs: the service's pods, that of a Redis for trials, and that of the chart's test. */
  List<JsonNode> podSpecs() {
    return Stream.concat(
            all("Deployment").stream().map(it -> it.at("/spec/template/spec")),
            all("Pod").stream().map(pod -> pod.at("/spec")))
        .toList();
  }

  static String name(JsonNode object) {
    return object.at("/metadata/name").asString();
  }

  /** Whether labels are what a selector asks for. */
  static boolean matches(JsonNode selector, JsonNode labels) {
    return !selector.isEmpty()
        && selector.properties().stream()
            .allMatch(label -> label.getValue().equals(labels.path(label.getKey())));
  }

  static Stream<JsonNode> containers(JsonNode pod) {
    return Stream.concat(
        pod.path("initContainers").valueStream(), pod.path("containers").valueStream());
  }

  static JsonNode find(JsonNode list, String name) {
    return list.valueStream()
        .filter(it -> it.path("name").asString("").equals(name))
        .findFirst()
        .orElseThrow();
  }

  static Set<String> texts(JsonNode list, String pointer) {
    return list.valueStream().map(it -> it.at(pointer).asString()).collect(Collectors.toSet());
  }
}
