package dev.cloakroom;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The documents lead only to files, sections and commands that exist. */
class DocumentsTests {

  private static final int MAX_README_LINES = 170;

  private static final Pattern LINK = Pattern.compile("\\[[^\\]]*]\\(([^)\\s]+)\\)");
  private static final Pattern ABSOLUTE = Pattern.compile("[a-z]+:.*");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.+)$");
  private static final Pattern CODE_BLOCK = Pattern.compile("(?ms)^```.*?^```$");

  /** A path from the project's directory, unless it is the rest of a longer one. */
  private static final Pattern PATH =
      Pattern.compile("(?<![\\w./-])(?:\\./mvnw|(?:\\.ci|\\.mvn|docs|helm|src)/[\\w./-]*\\w)");

  static List<Path> documents() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("docs"))) {
      return Stream.concat(
              Stream.of("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
                  .map(Path::of),
              Stream.concat(
                  Stream.of(Path.of("helm/README.md")),
                  files.filter(file -> file.toString().endsWith(".md")).sorted()))
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("documents")
  void linksToFilesAndSectionsThatExist(Path document) {
    List<String> links = matches(LINK, withoutCode(document)).map(link -> link.group(1)).toList();

    assertThat(links)
        .filteredOn(link -> !ABSOLUTE.matcher(link).matches())
        .allSatisfy(link -> assertLeadsSomewhere(document, link));
  }

  private static void assertLeadsSomewhere(Path document, String link) {
    String[] parts = link.split("#", 2);
    Path target = parts[0].isEmpty() ? document : document.resolveSibling(parts[0]).normalize();

    assertThat(target).exists();
    if (parts.length > 1) {
      assertThat(anchors(target)).as(target.toString()).contains(parts[1]);
    }
  }

  /** As GitHub makes them of headings. */
  private static Stream<String> anchors(Path document) {
    return matches(HEADING, withoutCode(document))
        .map(heading -> heading.group(1).strip().toLowerCase(Locale.ROOT))
        .map(heading -> heading.replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-'));
  }

  @ParameterizedTest
  @MethodSource("documents")
  void namesOnlyPathsThatExist(Path document) {
    assertThat(matches(PATH, read(document)).map(MatchResult::group).map(Path::of).distinct())
        .allSatisfy(path -> assertThat(path).exists());
  }

  @Test
  void keepsTheReadmeShort() {
    assertThat(read(Path.of("README.md")).lines().count()).isLessThanOrEqualTo(MAX_README_LINES);
  }

  private static Stream<MatchResult> matches(Pattern pattern, String text) {
    return pattern.matcher(text).results();
  }

  private static String withoutCode(Path document) {
    return CODE_BLOCK.matcher(read(document)).replaceAll("");
  }

  private static String read(Path document) {
    try {
      return Files.readString(document);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
