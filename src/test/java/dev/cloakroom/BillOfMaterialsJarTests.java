package dev.cloakroom;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Collection;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The software bill of materials (CycloneDX) in the jar. */
class BillOfMaterialsJarTests {

  private static final String BILL = "META-INF/sbom/application.cdx.json";
  private static final Pattern LIBRARY = Pattern.compile("BOOT-INF/lib/(.*)\\.jar");
  private static final Pattern CLASSIFIER = Pattern.compile("[?&]classifier=([^&]+)");

  /** Boot's plugin puts it there, for those who unpack the jar; it depends on nothing. */
  private static final Pattern TOOLS = Pattern.compile("spring-boot-jarmode-tools-.*");

  /** They bring libraries, and are none. */
  private static final Pattern STARTERS = Pattern.compile("spring-boot-starter-.*");

  @Test
  void namesTheLibrariesOfTheJarAndNoOthers() throws IOException {
    Set<String> libraries = inJar(jar -> libraries(jar));
    Set<String> named =
        JsonMapper.shared()
            .readTree(bill())
            .at("/components")
            .valueStream()
            .map(BillOfMaterialsJarTests::fileOf)
            .collect(Collectors.toSet());

    assertThat(without(TOOLS, libraries)).hasSizeGreaterThan(100);
    assertThat(without(STARTERS, named))
        .containsExactlyInAnyOrderElementsOf(without(TOOLS, libraries));
  }

  @Test
  void isThatOfThisVersionAndNamesNeitherATimeNorTheMachine() throws IOException {
    JsonNode bill = JsonMapper.shared().readTree(bill());

    assertThat(bill.at("/bomFormat").asString()).isEqualTo("CycloneDX");
    assertThat(bill.at("/metadata/component/name").asString()).isEqualTo("cloakroom");
    assertThat(bill.at("/metadata/component/externalReferences").isMissingNode()).isTrue();
    assertThat(bill.at("/metadata/timestamp").isMissingNode()).isTrue();
    assertThat(bill())
        .doesNotContain("file:", System.getProperty("user.dir"), System.getProperty("user.home"));
  }

  private static String bill() throws IOException {
    return inJar(
        jar -> {
          try (var bytes = jar.getInputStream(jar.getEntry(BILL))) {
            return new String(bytes.readAllBytes(), UTF_8);
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        });
  }

  private static <T> T inJar(Function<ZipFile, T> read) throws IOException {
    try (var jar = new ZipFile("target/cloakroom.jar")) {
      return read.apply(jar);
    }
  }

  private static Set<String> libraries(ZipFile jar) {
    return jar.stream()
        .map(entry -> LIBRARY.matcher(entry.getName()))
        .filter(library -> library.matches())
        .map(library -> library.group(1))
        .collect(Collectors.toSet());
  }

  private static String fileOf(JsonNode component) {
    var classifier = CLASSIFIER.matcher(component.path("purl").asString());
    return component.path("name").asString()
        + "-"
        + component.path("version").asString()
        + (classifier.find() ? "-" + classifier.group(1) : "");
  }

  private static Set<String> without(Pattern left, Collection<String> files) {
    return files.stream().filter(file -> !left.matcher(file).matches()).collect(Collectors.toSet());
  }
}
