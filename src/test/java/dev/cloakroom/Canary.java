package dev.cloakroom;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The key that the whole suite runs with, and where to look for it afterwards. */
public final class Canary {

  /** As long as the vendor's keys, and no part of it like any other text. */
  public static final String KEY = "cAnArYqZ7xK2wV9pLmT4sR8nJ3fH6gD1bY5uE0iO7tWqX2zC8vN4kM9jP3rS";

  /** Every log line at TRACE and every answer of the run. */
  public static final Path DIRECTORY = Path.of("target", "canary");

  private static final int TELLTALE = 12;

  private Canary() {}

  /** Notes an answer, for the search at the end of the run. */
  static synchronized void record(String answer) {
    try {
      Files.createDirectories(DIRECTORY);
      Files.writeString(
          DIRECTORY.resolve("answers.txt"),
          answer + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The shapes that would give the key away: any dozen of its characters, which a hex dump shows
   * side by side, in plain text, and the whole in hexadecimal and Base64.
   */
  static List<String> traces() {
    Stream<String> parts =
        IntStream.rangeClosed(0, KEY.length() - TELLTALE)
            .mapToObj(start -> KEY.substring(start, start + TELLTALE));
    Stream<String> encodings =
        Stream.of(
            HexFormat.of().formatHex(KEY.getBytes()).substring(0, 2 * TELLTALE),
            Base64.getEncoder().encodeToString(KEY.getBytes()).substring(0, 2 * TELLTALE));
    return Stream.concat(parts, encodings).toList();
  }
}
