package dev.cloakroom.testsupport;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.cloakroom.upstream.key.ApiKey;
import dev.cloakroom.upstream.key.KeyDetector;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

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

  private static final KeyDetector detector =
      new KeyDetector(KEYS.stream().map(ApiKey::new).toList());

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

  /** The first lines of a file that hold a piece of any key, in whatever disguise. */
  public static List<String> linesWithKey(Path file) throws IOException {
    // Unlike that of Files, this reader takes bytes that are no text.
    try (var reader =
        new BufferedReader(new InputStreamReader(Files.newInputStream(file), UTF_8))) {
      return reader.lines().filter(detector::isKeyIn).limit(10).toList();
    }
  }
}
