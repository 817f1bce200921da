package dev.cloakroom.testsupport;

import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** A place in the OpenAPI document; references are followed. */
record OpenApiPlace(JsonNode root, String pointer) {

  JsonNode node() {
    return root.at(pointer);
  }

  boolean exists() {
    return !node().isMissingNode();
  }

  /** The last part of its pointer, such as a component's name. */
  String name() {
    return pointer.substring(pointer.lastIndexOf('/') + 1);
  }

  /** What is below, by the names of a path. */
  OpenApiPlace at(String... names) {
    OpenApiPlace place = this;
    for (String name : names) {
      place = place.below(name);
    }
    return place;
  }

  /** A schema stays where it is, as what refers to it may say more. */
  private OpenApiPlace below(String name) {
    String escaped = name.replace("~", "~0").replace("/", "~1");
    var place = new OpenApiPlace(root, pointer + "/" + escaped);
    String reference = place.node().path("$ref").asString("");
    return reference.isEmpty() || name.endsWith("chema")
        ? place
        : new OpenApiPlace(root, reference.substring(1));
  }

  /** What is directly below. */
  Stream<OpenApiPlace> children() {
    return node().propertyNames().stream().map(this::below);
  }
}
