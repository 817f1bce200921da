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

/** The keys that the whole suite runs with, and where to look for them afterwards. */
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
   * The shapes that would give a key away: any dozen of its characters, which a hex dump shows side
   * by side, in plain text, and the whole in hexadecimal and Base64.
   */
  static List<String> traces() {
    return KEYS.stream().flatMap(Canary::tracesOf).toList();
  }

  private static Stream<String> tracesOf(String key) {
    Stream<String> parts =
        IntStream.rangeClosed(0, key.length() - TELLTALE)
            .mapToObj(start -> key.substring(start, start + TELLTALE));
    Stream<String> encodings =
        Stream.of(
            HexFormat.of().formatHex(key.getBytes()).substring(0, 2 * TELLTALE),
            Base64.getEncoder().encodeToString(key.getBytes()).substring(0, 2 * TELLTALE));
    return Stream.concat(parts, encodings);
  }
}
