package dev.cloakroom.upstream.modelslab;

import dev.cloakroom.image.Image;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

/**
 * The fields of the vendor's answer, whatever type they come as (the vendor is a PHP application).
 *
 * <p>Nothing in it is trusted: its texts are bounded and plain, but may contain keys until {@link
 * #withoutKey} has seen them as they are shown; its URLs are absolute, https and without keys.
 */
final class ReplyBody {

  private static final Duration MAX_ETA = Duration.ofDays(1);
  private static final double MAX_SECONDS = 1e9;
  private static final int MAX_TEXT = 500;
  private static final int MAX_URL = 2048;
  private static final int MAX_URLS = 100;

  /** Far less than overflows a stack. */
  private static final int DEEPEST = 32;

  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
                  .build())
          .build();

  private static final String WITHHELD =
      "The vendor's text was withheld, as it held part of a key.";

  /** Control characters, halves of surrogate pairs, and what turns the direction of text. */
  private static final Pattern NOT_PLAIN =
      Pattern.compile(
          "[\\s\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}\\u061C\\u200E\\u200F\\u202A-\\u202E\\u2066-\\u2069]+");

  private static final Pattern ILLEGAL_IN_URL =
      Pattern.compile("[^A-Za-z0-9._~:/?#@!$&'()*+,;=%-]|%(?![0-9A-Fa-f]{2})");

  /** What most links are made of: then no pattern need be asked. */
  private static final BitSet SIMPLE_IN_URL = new BitSet(128);

  static {
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~:/?#@!$&'()*+,;=-"
        .chars()
        .forEach(SIMPLE_IN_URL::set);
  }

  private final JsonNode tree;
  private final Predicate<String> isKeyIn;
  private final String status;
  private final List<URI> output;

  /** Any bytes will do: what is not JSON has no fields. */
  ReplyBody(byte[] bytes, Predicate<String> isKeyIn) {
    this.tree = parse(bytes);
    this.isKeyIn = isKeyIn;
    this.status = readStatus();
    this.output = readOutput();
  }

  private static JsonNode parse(byte[] bytes) {
    try {
      return JSON.readTree(bytes);
    } catch (JacksonException _) {
      return MissingNode.getInstance();
    }
  }

  /** In lower case; empty where there is none. */
  String status() {
    return status;
  }

  private String readStatus() {
    JsonNode node = tree.path("status");
    return node.isString() ? plainText(node.stringValue()).toLowerCase(Locale.ROOT) : "";
  }

  /** Whether it is a JSON object, as the vendor's answers are and an edge's pages are not. */
  boolean isObject() {
    return tree.isObject();
  }

  /** The image that the answer is about, by number or text; empty where it names none. */
  String id() {
    JsonNode id = tree.path("id");
    return id.isNumber() || id.isString() ? id.asString().strip() : "";
  }

  /** Whether the vendor's validator names a field of the request. */
  boolean isMessageAbout(String field) {
    return tree.path("message").has(field) || tree.path("messege").has(field);
  }

  /** What the vendor says, also under its older name; empty where it says nothing. */
  String message() {
    String message = text(tree.path("message"));
    return message.isEmpty() ? text(tree.path("messege")) : message;
  }

  /** Mostly advertisements, but now and then the second half of a message. */
  String tips() {
    return text(tree.path("tips"));
  }

  /** The absolute https URLs, without any in which the vendor echoed a key. */
  List<URI> output() {
    return output;
  }

  private List<URI> readOutput() {
    List<URI> urls =
        strings(tree.path("output"))
            .map(ReplyBody::url)
            .flatMap(Stream::ofNullable)
            .filter(url -> !isKeyIn.test(url.toString()))
            .distinct()
            .limit(MAX_URLS)
            .toList();
    return urls.size() > 1 && isKeyIn.test(ends(urls)) ? List.of() : urls;
  }

  /** Side by side, they may show what none shows alone. */
  private static String ends(List<URI> urls) {
    return urls.stream().map(ReplyBody::afterHost).collect(Collectors.joining());
  }

  private static String afterHost(URI url) {
    return url.toString().substring("https://".length() + url.getRawAuthority().length());
  }

  /** The time left; null where that is not known, or more than a day. */
  @Nullable Duration eta() {
    Duration eta = duration(tree.path("eta"));
    return eta == null || eta.compareTo(MAX_ETA) > 0 ? null : eta;
  }

  /** The wait that the vendor asks for; null where it does not say. */
  @Nullable Duration retryAfter() {
    return duration(tree.path("retry_after"));
  }

  /** Positive seconds, as a number or as text. */
  private static @Nullable Duration duration(JsonNode node) {
    if (node.isMissingNode()) {
      // The usual case, in which the exception below would cost more than the rest of the reply.
      return null;
    }
    double seconds;
    try {
      seconds = node.isNumber() ? node.doubleValue() : Double.parseDouble(node.asString(""));
    } catch (JacksonException | NumberFormatException _) {
      return null;
    }
    return seconds > 0
        ? Duration.ofMillis((long) Math.ceil(Math.min(seconds, MAX_SECONDS) * 1000))
        : null;
  }

  private String text(JsonNode node) {
    return plainText(String.join(" ", strings(node).limit(10).toList()));
  }

  /** What may be shown of a text of the vendor's, which goes as a whole if it contains a key. */
  String withoutKey(String text) {
    return withoutKey(text, isKeyIn);
  }

  static String withoutKey(String text, Predicate<String> isKeyIn) {
    return isKeyIn.test(text) ? WITHHELD : text;
  }

  /** One line of bounded length, without what moves a cursor. */
  static String plainText(String text) {
    String plain = isPlain(text) ? text : NOT_PLAIN.matcher(text).replaceAll(" ").strip();
    return plain.codePointCount(0, plain.length()) <= MAX_TEXT
        ? plain
        : plain.substring(0, plain.offsetByCodePoints(0, MAX_TEXT));
  }

  /** Whether that is quick to see: then the pattern would take longer than all else. */
  private static boolean isPlain(String text) {
    char last = ' ';
    for (int i = 0; i < text.length(); i++) {
      char next = text.charAt(i);
      if (next < ' ' || next > '~' || (next == ' ' && last == ' ')) {
        return false;
      }
      last = next;
    }
    return last != ' ';
  }

  /** A string, or those of a list or of an object, or of one that has a {@code url}. */
  private static Stream<String> strings(JsonNode node) {
    if (node.isString()) {
      return Stream.of(node.stringValue());
    }
    if (node.path("url").isString()) {
      return Stream.of(node.path("url").stringValue());
    }
    return node.values().stream().flatMap(ReplyBody::strings);
  }

  /** The vendor puts callers' file names into its links as they are: spaces, brackets and all. */
  private static @Nullable URI url(String text) {
    if (text.length() > MAX_URL) {
      return null;
    }
    try {
      URI url = new URI(encoded(text.strip()));
      return Image.Ready.isPublishable(url) ? url : null;
    } catch (URISyntaxException _) {
      return null;
    }
  }

  private static String encoded(String url) {
    for (int i = 0; i < url.length(); i++) {
      if (!SIMPLE_IN_URL.get(url.charAt(i))) {
        return ILLEGAL_IN_URL.matcher(url).replaceAll(ReplyBody::percentEncoded);
      }
    }
    return url;
  }

  private static String percentEncoded(MatchResult illegal) {
    return URLEncoder.encode(illegal.group(), StandardCharsets.UTF_8).replace("+", "%20");
  }
}
