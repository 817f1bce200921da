package dev.cloakroom.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.problem.Problem;
import dev.cloakroom.testsupport.OpenApi;
import dev.cloakroom.testsupport.OpenApiExchange;
import dev.cloakroom.testsupport.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The OpenAPI document is sound, and what it does not describe is noticed. */
class OpenApiDocumentTests {

  private static final Path FILE = Path.of("src/main/resources/openapi.json");
  private static final Pattern SNIPPET = Pattern.compile("(?ms)^```ts\n(.*?)^```$");
  private static final String READY =
      "{\"status\":\"success\",\"id\":1,\"output\":[\"https://example.com/0.png\"]}";

  @TempDir private Path directory;

  @Test
  void namesEveryProblem() {
    assertThat(OpenApi.document().at("/components/schemas/ProblemType/enum"))
        .extracting(JsonNode::asString)
        .containsExactlyElementsOf(
            Stream.of(Problem.values())
                .map(problem -> "urn:cloakroom:problem:" + problem.id())
                .distinct()
                .toList());
  }

  @Test
  void hasNoComponentThatNothingRefersTo() throws IOException {
    String document = Files.readString(FILE);

    assertThat(OpenApi.document().path("components").propertyStream())
        .filteredOn(kind -> !kind.getKey().equals("securitySchemes"))
        .flatExtracting(
            kind ->
                kind.getValue().propertyNames().stream()
                    .map(name -> "\"#/components/" + kind.getKey() + "/" + name + "\"")
                    .toList())
        .allSatisfy(reference -> assertThat(document).contains(reference));
  }

  @Test
  void passesTheLinter() {
    Tool linter = Tool.require("node_modules/.bin/redocly", "openapi.json, by its linter");

    new Tool("env")
        .run(
            // It would ask the registry for a newer version of itself.
            "REDOCLY_SUPPRESS_NOTIFICATIONS=true",
            linter.program(),
            "lint",
            "--config=.ci/redocly.yaml",
            FILE.toString());
  }

  @Test
  void hasTypesThatTheExampleOfTheDocumentsUses() throws IOException {
    Matcher snippet = SNIPPET.matcher(Files.readString(Path.of("docs/api.md")));
    assertThat(snippet.find()).isTrue();
    Tool.require("node_modules/.bin/openapi-typescript", "the types of openapi.json")
        .run(FILE.toString(), "--output", directory.resolve("cloakroom.d.ts").toString());

    assertThat(compile(snippet.group(1)).status()).isZero();
    assertThat(compile(snippet.group(1).replace("image.output", "image.outputs")).output())
        .contains("'outputs' does not exist on type");
  }

  private Tool.Run compile(String snippet) throws IOException {
    Path program = directory.resolve("example.ts");
    Files.writeString(program, snippet);
    return Tool.require("node_modules/.bin/tsc", "the example of types")
        .tryRun(
            "--noEmit",
            "--strict",
            "--target",
            "es2022",
            "--moduleResolution",
            "bundler",
            "--module",
            "es2022",
            program.toString());
  }

  @Test
  void describesAReadyImage() {
    assertThat(OpenApi.faults(ready(Map.of(), READY))).isEmpty();
  }

  @Test
  void noticesHeadersThatAreNotDescribedOrMissing() {
    assertThat(OpenApi.faults(ready(Map.of("X-New", "1"), READY)))
        .containsExactly("the header X-New is not described");
    assertThat(OpenApi.faults(ready(Map.of("ETag", ""), READY)))
        .containsExactly("the header ETag is missing");
    assertThat(OpenApi.faults(ready(Map.of("Age", "-1"), READY))).hasSize(1);
    assertThat(OpenApi.faults(ready(Map.of("Cache-Control", "no-store"), READY))).hasSize(1);
  }

  @Test
  void noticesBodiesThatAreNotDescribed() {
    assertThat(OpenApi.faults(ready(Map.of(), READY.replace("{", "{\"seed\":7,")))).isNotEmpty();
    assertThat(OpenApi.faults(ready(Map.of(), READY.replace("success", "done")))).isNotEmpty();
    assertThat(OpenApi.faults(ready(Map.of(), "<html>"))).isNotEmpty();
    assertThat(OpenApi.faults(ready(Map.of("Content-Type", "text/html"), READY)))
        .containsExactly("the media type text/html is not described");
    assertThat(OpenApi.faults(new OpenApiExchange("GET", "/images/1", 418, Map.of(), "")))
        .containsExactly("the status is not described");
  }

  @Test
  void noticesEventsThatAreNotDescribed() {
    Map<String, List<String>> headers =
        Map.of(
            "Content-Type", List.of("text/event-stream"),
            "Cache-Control", List.of("no-store"),
            "X-Accel-Buffering", List.of("no"));
    String event = "retry: 3000\n\nevent: image\nid: 1\ndata: " + READY + "\n\n";

    assertThat(OpenApi.faults(events(headers, event))).isEmpty();
    assertThat(OpenApi.faults(events(headers, event.replace("image", "news")))).isNotEmpty();
    assertThat(OpenApi.faults(events(headers, event.replace("output", "urls")))).isNotEmpty();
  }

  private static OpenApiExchange events(Map<String, List<String>> headers, String body) {
    return new OpenApiExchange("GET", "/images/1/events", 200, headers, body);
  }

  /** With other headers, the empty ones of which are left out. */
  private static OpenApiExchange ready(Map<String, String> others, String body) {
    Map<String, String> headers =
        new HashMap<>(
            Map.of(
                "Content-Type", "application/json",
                "ETag", "\"a\"",
                "Cache-Control", "private, max-age=9",
                "Age", "1",
                "Cache-Status", "cloakroom; hit; ttl=8"));
    headers.putAll(others);
    headers.values().removeIf(String::isEmpty);
    Map<String, List<String>> all = new HashMap<>();
    headers.forEach((name, value) -> all.put(name, List.of(value)));
    return new OpenApiExchange("GET", "/images/1", 200, all, body);
  }
}
