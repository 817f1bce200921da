package dev.cloakroom.settings;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A directory with one secret per file, such as a mounted Kubernetes Secret.
 *
 * @param setting that names the directory
 * @param kind what a secret of it is, as one word
 */
public record SecretDirectory(Path path, String setting, String kind) {

  private static final int MAX_FILE = 4096;

  /**
   * The files' contents by their names, at least one; dotfiles are none.
   *
   * @throws InvalidSettingException where there is none, or one that cannot be read
   */
  public SortedMap<String, String> read() {
    try (Stream<Path> all = Files.list(current())) {
      List<Path> files =
          all.filter(file -> !file.getFileName().toString().startsWith("."))
              .filter(Files::isRegularFile)
              .toList();
      var secrets = new TreeMap<String, String>();
      for (Path file : files) {
        secrets.put(file.getFileName().toString(), read(file));
      }
      if (secrets.isEmpty()) {
        throw unreadable("names a directory without any " + kind);
      }
      return secrets;
    } catch (IOException | UncheckedIOException _) {
      throw unreadable("names a directory that cannot be read");
    }
  }

  /** Kubernetes swaps the link ..data of a mounted Secret: behind it is one whole set of files. */
  private Path current() throws IOException {
    Path data = path.resolve("..data");
    return Files.isDirectory(data) ? data.toRealPath() : path;
  }

  private String read(Path file) throws IOException {
    if (Files.size(file) > MAX_FILE) {
      throw unreadable("has a file that is too long for a " + kind + ": " + file.getFileName());
    }
    return Files.readString(file);
  }

  private InvalidSettingException unreadable(String fault) {
    return new InvalidSettingException(
        setting,
        fault,
        "Put one " + kind + " per file there, readable for the user of this process.");
  }
}
