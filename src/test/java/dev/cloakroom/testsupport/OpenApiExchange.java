package dev.cloakroom.testsupport;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.StringNode;

/**
 * An answer, and the request that it answers, as the OpenAPI document sees them.
 *
 * @param body null where it was not read to its end, or is no text
 */
public record OpenApiExchange(
    String method, String path, int status, Map<String, List<String>> headers, String body) {

  /** All values of a header; null where there is none. */
  String header(String name) {
    return headers.entrySet().stream()
        .filter(header -> header.getKey().equalsIgnoreCase(name))
        .map(header -> String.join(", ", header.getValue()))
        .findFirst()
        .orElse(null);
  }

  String mediaType() {
    String type = header("Content-Type");
    return type == null ? null : type.split(";", 2)[0].strip();
  }

  boolean hasBody() {
    return body != null && !body.isEmpty();
  }

  JsonNode json() {
    return parse(body);
  }

  /** Those that have come to their end, with their data parsed. */
  Stream<JsonNode> events() {
    return Stream.of(body.substring(0, body.lastIndexOf("\n\n") + 1).split("\n\n"))
        .filter(block -> !block.isBlank() && !block.startsWith("retry: ") && !block.startsWith(":"))
        .map(OpenApiExchange::event);
  }

  private static JsonNode event(String block) {
    var event = JsonMapper.shared().createObjectNode();
    for (String line : block.strip().split("\n")) {
      String[] field = line.split(": ", 2);
      event.set(field[0], field[0].equals("event") ? new StringNode(field[1]) : parse(field[1]));
    }
    return event;
  }

  private static JsonNode parse(String json) {
    try {
      return JsonMapper.shared().readTree(json);
    } catch (JacksonException _) {
      return StringNode.valueOf("no JSON: " + json);
    }
  }
}
