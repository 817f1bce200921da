package dev.cloakroom.upstream.key;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Canary;
import dev.cloakroom.testsupport.Disguises;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.StringLength;

class KeyDetectorTests {

  private static final Random random = new Random(1);

  private static final List<String> SEPARATORS =
      List.of(
          "", "", "", " ", "\n", "\u200B", "\uFEFF", "\u00AD", "\u202E", "-", ":", "\", \"", "+");

  private static final List<UnaryOperator<String>> ENCODINGS =
      List.of(
          text -> text,
          String::toUpperCase,
          String::toLowerCase,
          KeyDetectorTests::separated,
          text -> percent(text),
          text -> percent(percent(text)),
          text -> String.join("\n", percent(separated(text)).split("")),
          text -> separated(HexFormat.of().formatHex(text.getBytes(UTF_8))),
          text -> HexFormat.of().withUpperCase().formatHex(text.toLowerCase().getBytes(UTF_8)),
          text -> folded(Base64.getEncoder().encodeToString(text.getBytes(UTF_8))),
          text -> Base64.getUrlEncoder().encodeToString(text.toUpperCase().getBytes(UTF_8)),
          text -> percent(Base64.getEncoder().encodeToString(text.getBytes(UTF_8))));

  @Property(tries = 3000)
  void findsAnyPieceInAnyDisguise(
      @ForAll("pieces") List<String> keyAndPiece,
      @ForAll("encodings") UnaryOperator<String> encoding,
      @ForAll @StringLength(max = 9) String before,
      @ForAll @StringLength(max = 9) String after) {
    var detector = detector("another-key-of-somebody-else", keyAndPiece.getFirst());
    String disguised = encoding.apply(before + keyAndPiece.getLast() + after);

    assertThat(detector.isKeyIn(after + disguised + before)).isTrue();
  }

  @Property(tries = 2000)
  void findsNothingInOtherTexts(@ForAll @StringLength(max = 500) String text) {
    assertThat(detector(Canary.KEY, Canary.SECOND_KEY).isKeyIn(text)).isFalse();
  }

  @Property(tries = 1000)
  void findsNoPieceThatIsTooShort(
      @ForAll("pieces") List<String> keyAndPiece,
      @ForAll("encodings") UnaryOperator<String> encoding) {
    String key = keyAndPiece.getFirst();
    String letters = key.replaceAll("[^A-Za-z0-9]", "");
    String text = letters.substring(0, 11) + (letters.charAt(11) == '0' ? "1" : "0");

    assertThat(detector(key).isKeyIn(encoding.apply(text))).isFalse();
  }

  @Example
  void findsEachDisguise() {
    var detector = detector(Canary.KEY);

    assertThat(Disguises.of(Canary.KEY))
        .allSatisfy((name, text) -> assertThat(detector.isKeyIn("<" + text + ">")).isTrue());
  }

  @Example
  void findsNeitherKeyNorPieceInLinksOfTheVendor() {
    var detector =
        detector(Canary.KEY, Canary.SECOND_KEY, Canary.THIRD_KEY, "sandbox-key", "sandbox");

    assertThat(
            List.of(
                "https://pub-3626123a908346a7a8be8d9295f44e26.r2.dev/generations/0-7f3c9a52.png",
                "https://cdn2.stablediffusionapi.com/generations/0-sandbox-1.png?key=sandbox",
                "https://a.s3.amazonaws.com/x%20y%28100%25%29.png?X-Amz-Signature="
                    + "0fe9".repeat(16)))
        .noneMatch(detector::isKeyIn);
  }

  @Example
  void findsShortKeyOnlyWhole() {
    var detector = detector("s3cr3t-k3y", "training", "trial", "x-y-z-1-2");

    assertThat(
            List.of(
                "no s3cr3t-k3y.",
                "S3CR3Tk3y",
                "s3cr3t%2Dk3y",
                "czNjcjN0LWszeQ==",
                "7333637233742d6b3379",
                "train ing",
                "key X-Y-Z-1-2"))
        .allMatch(detector::isKeyIn);
    assertThat(List.of("s3cr3t-k3", "3cr3t-k3y", "trainin", "trial", "xyz12", ""))
        .noneMatch(detector::isKeyIn);
  }

  @Example
  void findsKeyInWhatIsEscapedTooOften() {
    String text = "%41";
    for (int i = 0; i < 20; i++) {
      text = text.replace("%", "%25");
    }

    assertThat(detector(Canary.KEY).isKeyIn(text)).isTrue();
  }

  @Provide
  Arbitrary<List<String>> pieces() {
    Arbitrary<String> keys =
        Arbitraries.strings()
            .alpha()
            .numeric()
            .withChars("_-.")
            .ofMinLength(24)
            .ofMaxLength(64)
            .filter(key -> key.replaceAll("[^A-Za-z0-9]", "").length() >= 12);
    return keys.flatMap(
        key ->
            Combinators.combine(
                    Arbitraries.integers().between(0, key.length()),
                    Arbitraries.integers().between(0, key.length()))
                .as((from, to) -> key.substring(Math.min(from, to), Math.max(from, to)))
                .filter(piece -> piece.replaceAll("[^A-Za-z0-9]", "").length() >= 12)
                .map(piece -> List.of(key, piece)));
  }

  @Provide
  Arbitrary<UnaryOperator<String>> encodings() {
    return Arbitraries.of(ENCODINGS);
  }

  private static KeyDetector detector(String... keys) {
    return new KeyDetector(List.of(keys).stream().map(ApiKey::new).toList());
  }

  private static String separated(String text) {
    return text.chars()
        .mapToObj(c -> Character.toString(c) + SEPARATORS.get(random.nextInt(SEPARATORS.size())))
        .collect(Collectors.joining());
  }

  private static String folded(String text) {
    return text.replaceAll("(.{4})", "$1\r\n \u200B");
  }

  private static String percent(String text) {
    var encoded = new StringBuilder();
    for (byte b : text.getBytes(UTF_8)) {
      encoded.append("%%%02x".formatted(b));
    }
    return encoded.toString();
  }
}
