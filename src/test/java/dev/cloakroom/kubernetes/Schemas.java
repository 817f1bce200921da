package dev.cloakroom.kubernetes;

import com.networknt.schema.Error;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.cloakroom.testsupport.Tool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The published JSON schemas of Kubernetes and of its extensions, where they lie beside us. */
final class Schemas {

  private static final Path DIRECTORY = Path.of("../shared/kubernetes");
  private static final SchemaRegistry REGISTRY =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7);

  private final ObjectNode core = read(DIRECTORY.resolve("k8s-strict.json"));

  private Schemas() {}

  static Schemas require() {
    if (!Files.isDirectory(DIRECTORY)) {
      throw Tool.leaveOut("the chart against the published JSON schemas: they are not beside us");
    }
    return new Schemas();
  }

  List<Error> faults(JsonNode object) {
    return REGISTRY.getSchema(schemaOf(object)).validate(object);
  }

  private JsonNode schemaOf(JsonNode object) {
    String kind = object.at("/kind").asString();
    String apiVersion = object.at("/apiVersion").asString();
    String version = apiVersion.substring(apiVersion.indexOf('/') + 1);
    String suffix = "." + version + "." + kind;
    return core.at("/definitions").propertyNames().stream()
        .filter(name -> name.startsWith("io.k8s.api.") && name.endsWith(suffix))
        .findFirst()
        .<JsonNode>map(name -> core.deepCopy().put("$ref", "#/definitions/" + name))
        .orElseGet(
            () ->
                closed(
                    read(
                        DIRECTORY.resolve(
                            "crd/" + kind.toLowerCase(Locale.ROOT) + "_" + version + ".json"))));
  }

  /** As the API server prunes what a custom resource's schema does not name. */
  private static JsonNode closed(JsonNode schema) {
    if (schema instanceof ObjectNode object) {
      boolean isOpen = object.path("x-kubernetes-preserve-unknown-fields").asBoolean(false);
      if (object.has("properties") && !object.has("additionalProperties") && !isOpen) {
        object.put("additionalProperties", false);
      }
      object.path("properties").forEach(Schemas::closed);
      closed(object.path("items"));
      closed(object.path("additionalProperties"));
    }
    return schema;
  }

  private static ObjectNode read(Path file) {
    try {
      return (ObjectNode) JsonMapper.shared().readTree(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
