package dev.cloakroom.testsupport;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.IntNode;
import tools.jackson.databind.node.StringNode;

/** The OpenAPI document, which every answer of the service port that the suite receives meets. */
public final class OpenApi {

  private static final Path FILE = Path.of("src/main/resources/openapi.json");
  private static final String IRI = "urn:cloakroom:openapi";
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final String TEXT = read();
  private static final OpenApiPlace ROOT = new OpenApiPlace(JSON.readTree(TEXT), "");

  /** What describes the answers to requests for anything else. */
  private static final OpenApiPlace OTHERWISE = ROOT.at("x-otherwise");

  private static final SchemaRegistry SCHEMAS =
      SchemaRegistry.withDefaultDialect(
          SpecificationVersion.DRAFT_2020_12,
          builder ->
              builder
                  .schemas(Map.of(IRI, TEXT))
                  .schemaRegistryConfig(
                      SchemaRegistryConfig.builder().formatAssertionsEnabled(true).build()));

  /** Headers of HTTP itself. */
  private static final Set<String> GENERIC =
      Set.of("connection", "content-length", "content-type", "date", "transfer-encoding");

  private final OpenApiExchange exchange;
  private final List<String> faults = new ArrayList<>();

  private OpenApi(OpenApiExchange exchange) {
    this.exchange = exchange;
  }

  /** The document itself. */
  public static JsonNode document() {
    return ROOT.node();
  }

  /** What is wrong with a value, by the schema at the pointer. */
  public static List<String> faults(JsonNode value, String schema) {
    return SCHEMAS.getSchema(SchemaLocation.of(IRI + "#" + schema)).validate(value).stream()
        .map(error -> error.getInstanceLocation() + ": " + error.getMessage())
        .toList();
  }

  /** What the document does not describe of an answer. */
  public static List<String> faults(OpenApiExchange exchange) {
    return new OpenApi(exchange).findFaults();
  }

  /** Fails where the document does not describe the answer, and notes what was received. */
  public static void check(OpenApiExchange exchange) {
    List<String> faults = faults(exchange);
    if (faults.isEmpty()) {
      new OpenApi(exchange).recordCoverage();
    } else {
      OpenApiCoverage.recordFault(exchange + ": " + faults);
    }
    assertThat(faults).as("openapi.json describes %s", exchange).isEmpty();
  }

  private List<String> findFaults() {
    OpenApiPlace response = response();
    if (!response.exists()) {
      return List.of("the status is not described");
    }
    checkHeaders(response.at("headers"));
    checkContent(response.at("content"));
    return faults;
  }

  private OpenApiPlace response() {
    OpenApiPlace operation = operation();
    return (operation.exists() ? operation : OTHERWISE)
        .at("responses", Integer.toString(exchange.status()));
  }

  /** That of the document; one that does not exist where the document has none. */
  private OpenApiPlace operation() {
    return ROOT.at("paths", template(), exchange.method().toLowerCase(Locale.ROOT));
  }

  /** The path of the document that the request is for; or else the empty text. */
  private String template() {
    String path = exchange.path().split("\\?", 2)[0];
    return ROOT.at("paths").node().propertyNames().stream()
        // A place in the output is a number, unlike the name of events.
        .filter(name -> path.matches(name.replace("{id}", "[^/]+").replace("{n}", "[0-9]+")))
        .findFirst()
        .orElse("");
  }

  private void recordCoverage() {
    String operation =
        operation().exists() ? exchange.method() + " " + template() : OpenApiCoverage.OTHERWISE;
    String type = describedType(response().at("content"));
    OpenApiCoverage.record(operation, exchange.status(), type, problem());
  }

  /** The response and the problem's type, where it is one. */
  private String problem() {
    boolean isProblem = OpenApiCoverage.PROBLEM.equals(exchange.mediaType()) && exchange.hasBody();
    return isProblem ? response().name() + " " + exchange.json().path("type").asString() : null;
  }

  private void checkHeaders(OpenApiPlace described) {
    Map<String, String> names = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    described.node().propertyNames().forEach(name -> names.put(name, name));
    for (String header : exchange.headers().keySet()) {
      String name = names.get(header);
      if (name != null) {
        checkHeader(name, described.at(name));
      } else if (!GENERIC.contains(header.toLowerCase(Locale.ROOT))) {
        faults.add("the header " + header + " is not described");
      }
    }
    names.values().stream()
        .filter(name -> described.at(name).node().path("required").asBoolean(false))
        .filter(name -> exchange.header(name) == null)
        .forEach(name -> faults.add("the header " + name + " is missing"));
  }

  private void checkHeader(String name, OpenApiPlace header) {
    String value = exchange.header(name);
    boolean isNumber = header.at("schema").node().path("type").asString().equals("integer");
    JsonNode json =
        isNumber && value.matches("-?[0-9]{1,9}")
            ? IntNode.valueOf(Integer.parseInt(value))
            : StringNode.valueOf(value);
    faults(json, header.at("schema").pointer()).forEach(fault -> faults.add(name + fault));
  }

  private void checkContent(OpenApiPlace content) {
    if (exchange.mediaType() == null) {
      if (exchange.hasBody() || (content.exists() && !exchange.method().equals("HEAD"))) {
        faults.add("the media type is missing");
      }
      return;
    }
    String type = describedType(content);
    OpenApiPlace described = content.at(type);
    if (!described.exists()) {
      faults.add("the media type " + type + " is not described");
    } else if (exchange.hasBody() && type.equals("text/event-stream")) {
      exchange.events().forEach(event -> checkValue(event, described.at("x-itemSchema")));
    } else if (exchange.hasBody() && type.endsWith("json")) {
      checkValue(exchange.json(), described.at("schema"));
    }
  }

  /** The media type, or the range of them that the document has; null where there is none. */
  private String describedType(OpenApiPlace content) {
    String type = exchange.mediaType();
    String range = type == null ? "" : type.replaceAll("/.*", "/*");
    return content.at(range).exists() ? range : type;
  }

  private void checkValue(JsonNode value, OpenApiPlace schema) {
    faults.addAll(faults(value, schema.pointer()));
  }

  private static String read() {
    try {
      return Files.readString(FILE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
