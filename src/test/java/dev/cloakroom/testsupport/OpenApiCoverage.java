package dev.cloakroom.testsupport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** Which parts of the OpenAPI document the answers of the whole run have covered. */
public final class OpenApiCoverage {

  /** Requests for paths, or by methods, that the document does not name. */
  static final String OTHERWISE = "any other";

  static final String PROBLEM = "application/problem+json";

  private static final Path DIRECTORY = Path.of("target", "openapi");
  private static final Path RECEIVED = DIRECTORY.resolve("received.txt");
  private static final Path FAULTS = DIRECTORY.resolve("faults.txt");

  /** By this process. */
  private static final Set<String> received = ConcurrentHashMap.newKeySet();

  private OpenApiCoverage() {}

  /**
   * Notes an answer.
   *
   * @param operation a method and a path
   * @param problem its response and type; null where it is none
   */
  static void record(String operation, int status, String mediaType, String problem) {
    Stream.of(operation, answer(operation, Integer.toString(status), mediaType), problem)
        .filter(part -> part != null && received.add(part))
        .forEach(part -> Canary.append(RECEIVED, part));
  }

  static void recordFault(String fault) {
    Canary.append(FAULTS, fault);
  }

  private static String answer(String operation, String status, String mediaType) {
    return operation + " " + status + (mediaType == null ? "" : " " + mediaType);
  }

  /** Answers of the run that the document does not describe. */
  public static List<String> faults() throws IOException {
    return Files.exists(FAULTS) ? Files.readAllLines(FAULTS) : List.of();
  }

  /** Parts of the document that no answer of the run was an example of. */
  public static Set<String> missing() throws IOException {
    Set<String> missing = new TreeSet<>(all());
    Files.readAllLines(RECEIVED).forEach(missing::remove);
    return missing;
  }

  private static List<String> all() {
    var root = new OpenApiPlace(OpenApi.document(), "");
    Stream<String> operations =
        root.at("paths").node().propertyStream().flatMap(path -> ofPath(root, path.getKey()));
    Stream<String> otherwise = answers(OTHERWISE, root.at("x-otherwise", "responses"));
    Stream<String> problems =
        root.at("components", "responses").children().flatMap(OpenApiCoverage::types);
    return Stream.of(operations, otherwise, problems).flatMap(all -> all).toList();
  }

  /** Each method; and of GET each answer, as the others' are the same. */
  private static Stream<String> ofPath(OpenApiPlace root, String path) {
    OpenApiPlace methods = root.at("paths", path);
    Stream<String> names =
        Stream.of("get", "head", "options")
            .filter(method -> methods.at(method).exists())
            .map(method -> method.toUpperCase(Locale.ROOT) + " " + path);
    return Stream.concat(names, answers("GET " + path, methods.at("get", "responses")));
  }

  private static Stream<String> answers(String operation, OpenApiPlace responses) {
    return responses.node().propertyNames().stream()
        .flatMap(
            status -> {
              var types = responses.at(status, "content").node().propertyNames();
              return types.isEmpty()
                  ? Stream.of(answer(operation, status, null))
                  : types.stream().map(type -> answer(operation, status, type));
            });
  }

  private static Stream<String> types(OpenApiPlace response) {
    JsonNode type = response.at("content", PROBLEM, "schema", "properties", "type").node();
    return type.isMissingNode()
        ? Stream.of()
        : Stream.concat(Stream.of(type.path("const")), type.path("enum").valueStream())
            .filter(JsonNode::isString)
            .map(name -> response.name() + " " + name.asString());
  }
}
