package dev.cloakroom;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The project speaks the field's own words: docs/architecture.md has them. */
class VocabularyTests {

  private static final Path ITSELF = Path.of("src/test/java/dev/cloakroom/VocabularyTests.java");

  private static final Pattern TEXT =
      Pattern.compile(
          ".*\\.(java|lua|yaml|yml|tpl|txt|json|md|xml|html|css|js|sh|cmd)|(.*/run|Dockerfile)");

  /** In prose, in any case. */
  private static final Pattern PRIVATE_WORDS =
      Pattern.compile(
          "(?i)\\b(sightings?|looks (at|fail)|a look (at|that)|looked at|demand|restraints?|doubts?"
              + "|doubtful|patience|heeds?|heeded|hang ?ups?|hangs up|unasked|watchers?"
              + "|forgets?|forgotten|lest|whoever|whosoever|left alone|leaves? alone|is away"
              + "|(key|keys) (is|are|was|were) (held|disabled|refused)"
              + "|(held|disabled|refused) keys?|most waiters|longest wait|longest watch"
              + "|tells?|told)\\b");

  /** As a whole name, or as a part of one in camel case. */
  private static final Pattern PRIVATE_NAMES =
      Pattern.compile(
          "\\b([a-z][a-z0-9]*)?(Sighting|RefusedLook|KeyTurns|KeyOwners|KeyRotation|Restraint"
              + "|Doubts|OpenAnswers?|WaitingCaller|HangUp|ImageAnswer|ImageWatch|WatchingAnswer"
              + "|SharedLooks|nextLook|isLookDue|isLookOverdue|hangUp)(?![a-z])"
              + "|\\b(longest|shortest|fewest|most)[A-Z]\\w*"
              + "|\\b(LONGEST|SHORTEST|FEWEST|MOST)(_[A-Z]+)*\\b"
              + "|\\b(State|Kind)\\.(HELD|DISABLED|ANSWER|BREAKDOWN|UNASKED)\\b");

  /** Of settings and metrics. */
  private static final Pattern PRIVATE_KEYS =
      Pattern.compile(
          "cloakroom[._](lookup|cache|upstream|cluster)[._](longest|shortest|fewest|most|maximum)\\b"
              + "|(processing|back-off)-(longest|shortest)|refused-key-retry|upstream\\.patience"
              + "|cluster\\.(redis=|time-limit)|CLOAKROOM_CLUSTER_REDIS|cloakroom[._]watchers|jobs[._]looks"
              + "|cluster[._](looks|refused)|upstream[._]hold\\b|state=\"(held|disabled)\"");

  static Stream<Path> texts() throws IOException {
    try (Stream<Path> files =
        Stream.of(
                "src",
                "helm",
                "docs",
                ".ci",
                "Dockerfile",
                "README.md",
                "CHANGELOG.md",
                "CONTRIBUTING.md",
                "SECURITY.md")
            .map(Path::of)
            .filter(Files::exists)
            .flatMap(VocabularyTests::filesBelow)) {
      return files
          .filter(file -> TEXT.matcher(file.toString()).matches())
          .filter(file -> !file.equals(ITSELF))
          .toList()
          .stream();
    }
  }

  private static Stream<Path> filesBelow(Path directory) {
    try {
      return Files.walk(directory).filter(Files::isRegularFile);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("texts")
  void hasNoPrivateWord(Path file) throws IOException {
    List<String> lines = Files.readAllLines(file);

    assertThat(IntStream.range(0, lines.size()).boxed())
        .filteredOn(i -> hasPrivateWord(lines.get(i)))
        .extracting(i -> (i + 1) + ": " + lines.get(i).strip())
        .isEmpty();
  }

  private static boolean hasPrivateWord(String line) {
    return Stream.of(PRIVATE_WORDS, PRIVATE_NAMES, PRIVATE_KEYS)
        .anyMatch(words -> words.matcher(line).find());
  }
}
