package dev.cloakroom.testsupport;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.cloakroom.upstream.key.ApiKey;
import dev.cloakroom.upstream.key.KeyDetector;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** The keys that the whole suite runs with, and where to search for them afterwards. */
public final class Canary {

  /** As long as the vendor's keys, and no part of it like any other text. */
  public static final String KEY = "cAnArYqZ7xK2wV9pLmT4sR8nJ3fH6gD1bY5uE0iO7tWqX2zC8vN4kM9jP3rS";

  /** The others, where there are three. */
  public static final String SECOND_KEY =
      "sEcOnDcAnArYhB4tF8vN2mK6jL0qW5xZ9rT3yU7iP1aS4dG8fH2kC6bV0n";

  /** Comes with a rotation. */
  public static final String THIRD_KEY =
      "tHiRdCaNaRyPz5xQ9wE3rT7yU1iO5aS8dF2gH6jK0lM4nB9vC3xZ7qW1eR";

  /** All of them. */
  public static final List<String> KEYS = List.of(KEY, SECOND_KEY, THIRD_KEY);

  /** Of a caller. */
  public static final String CALLER_SECRET = "cAlLeRzQ8wX3vB6nM1kJ4hG7fD9sA2pO5iU0yT";

  /** The same caller's during a rotation. */
  public static final String SECOND_CALLER_SECRET = "rOtAtEdH5jK8lZ2xC4vB7nM0qW3eR6tY9uI1oP";

  /** Of another caller. */
  public static final String OTHER_CALLER_SECRET = "oThErCaLlErV9bN3mQ6wE1rT4yU7iO0pA5sD2fG";

  /** What callers sign with them is searched for, too. */
  private static final Path SIGNATURES = Path.of("target", "canary-signatures.txt");

  /** Every log line at TRACE and every answer of the run. */
  public static final Path DIRECTORY = Path.of("target", "canary");

  /** Made when the search begins, as signatures come with the run. */
  private static final class Detector {
    private static final KeyDetector all = new KeyDetector(secrets().map(ApiKey::new).toList());
  }

  private static final int MAX_LINES = 10;

  private static final Pattern LOG_LINE = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]");
  private static final int TIME_LENGTH = 23;

  /** More than any encoding makes of the shortest piece of a key. */
  private static final int OVERLAP = 200;

  private Canary() {}

  private static Stream<String> secrets() {
    try {
      Stream<String> signatures =
          Files.exists(SIGNATURES) ? Files.readAllLines(SIGNATURES).stream() : Stream.of();
      return Stream.of(
              KEYS.stream(),
              Stream.of(CALLER_SECRET, SECOND_CALLER_SECRET, OTHER_CALLER_SECRET),
              signatures)
          .flatMap(all -> all);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Notes a signature that a caller is about to send. */
  public static String signature(String signature) {
    append(SIGNATURES, signature);
    return signature;
  }

  /** Notes an answer, for the search at the end of the run. */
  static void record(String answer) {
    append(DIRECTORY.resolve("answers.txt"), answer);
  }

  /** Notes what a collector has received, for the same search. */
  static void recordSpans(String request) {
    append(DIRECTORY.resolve("spans.txt"), request);
  }

  /** Adds a line, or more, to what the last tests of the run read. */
  static synchronized void append(Path file, String text) {
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, text + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Some lines of a file, compressed or not, that contain a piece of any key. */
  public static List<String> linesWithKey(Path file) throws IOException {
    var seen = new SeenTexts();
    return lines(file, line -> hasKey(line, seen));
  }

  /**
   * Most log lines differ in their time and thread alone: each message is searched once with all
   * before it, and what comes before a message once with its beginning.
   */
  private static boolean hasKey(String line, SeenTexts seen) {
    int message = line.indexOf(" : ");
    if (!LOG_LINE.matcher(line).lookingAt() || message < TIME_LENGTH) {
      return seen.isNew(line) && Detector.all.isKeyIn(line);
    }
    if (seen.isNew(line.substring(message))) {
      return Detector.all.isKeyIn(line);
    }
    int end = Math.min(line.length(), message + OVERLAP);
    String start = line.substring(TIME_LENGTH, end);
    return seen.isNew(start) && Detector.all.isKeyIn(start);
  }

  /** Some of the texts that were seen; threads that race at worst see one again. */
  private static final class SeenTexts {

    private final AtomicReferenceArray<String> texts = new AtomicReferenceArray<>(1 << 18);

    boolean isNew(String text) {
      int slot = (text.hashCode() * 31) >>> 14;
      return !text.equals(texts.getAndSet(slot, text));
    }
  }

  /** Some lines of a file, compressed or not, that meet the condition. */
  public static List<String> lines(Path file, Predicate<String> condition) throws IOException {
    // Unlike that of Files, this reader takes bytes that are no text.
    try (var reader = new BufferedReader(new InputStreamReader(open(file), UTF_8))) {
      return reader.lines().parallel().unordered().filter(condition).limit(MAX_LINES).toList();
    }
  }

  private static InputStream open(Path file) throws IOException {
    InputStream bytes = Files.newInputStream(file);
    boolean isEmpty = Files.size(file) == 0;
    return file.toString().endsWith(".gz") && !isEmpty
        ? new WholePart(new GZIPInputStream(bytes))
        : bytes;
  }

  /** Of an archive that a killed process was writing, and has the plain file beside it. */
  private static final class WholePart extends FilterInputStream {

    private WholePart(InputStream archive) {
      super(archive);
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      try {
        return super.read(bytes, offset, length);
      } catch (EOFException _) {
        return -1;
      }
    }
  }
}
