package dev.cloakroom.upstream.key;

import dev.cloakroom.settings.InvalidSettingException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where the keys come from.
 *
 * @param listed keys of the settings
 * @param directory has one key per file
 */
public record KeySource(List<ApiKey> listed, @Nullable Path directory) {

  private static final int MAX_FILE = 4096;

  /**
   * The listed keys, then those of the directory by file name; at least one.
   *
   * @throws InvalidSettingException where there is none, or one that cannot be a key
   */
  public List<NamedKey> read() {
    var keys = new ArrayList<NamedKey>();
    for (ApiKey key : listed) {
      if (!key.isEmpty()) {
        keys.add(new NamedKey(Integer.toString(keys.size() + 1), key));
      }
    }
    if (directory != null) {
      keys.addAll(readAll(directory));
    }
    if (keys.isEmpty()) {
      throw new InvalidSettingException(
          "cloakroom.upstream.keys",
          "is empty: Cloakroom has no API key for the vendor",
          "Give it one: set CLOAKROOM_API_KEY in the environment, or list keys in"
              + " cloakroom.upstream.keys, or put one key per file into a directory and name it in"
              + " cloakroom.upstream.key-directory. To try Cloakroom without a key, run"
              + " ./mvnw spring-boot:test-run.");
    }
    keys.forEach(KeySource::requirePlausible);
    if (keys.stream().map(NamedKey::name).distinct().count() < keys.size()) {
      throw unreadable("has a file whose name is a listed key's position");
    }
    return List.copyOf(keys);
  }

  private static List<NamedKey> readAll(Path directory) {
    try (Stream<Path> files = Files.list(current(directory))) {
      List<Path> keyFiles =
          files
              .filter(file -> !file.getFileName().toString().startsWith("."))
              .filter(Files::isRegularFile)
              .sorted()
              .toList();
      var keys = new ArrayList<NamedKey>();
      for (Path file : keyFiles) {
        keys.add(read(file));
      }
      if (keys.isEmpty()) {
        throw unreadable("names a directory without any key");
      }
      return keys;
    } catch (IOException | UncheckedIOException _) {
      throw unreadable("names a directory that cannot be read");
    }
  }

  /** Kubernetes swaps the link ..data of a mounted Secret: behind it is one whole set of files. */
  private static Path current(Path directory) throws IOException {
    Path data = directory.resolve("..data");
    return Files.isDirectory(data) ? data.toRealPath() : directory;
  }

  private static NamedKey read(Path file) throws IOException {
    if (Files.size(file) > MAX_FILE) {
      throw unreadable("has a file that is too long for a key: " + file.getFileName());
    }
    return new NamedKey(file.getFileName().toString(), new ApiKey(Files.readString(file)));
  }

  private static InvalidSettingException unreadable(String fault) {
    return new InvalidSettingException(
        "cloakroom.upstream.key-directory",
        fault,
        "Put one key per file there, readable for the user of this process.");
  }

  private static void requirePlausible(NamedKey named) {
    if (!named.key().isPlausible()) {
      throw new InvalidSettingException(
          "The key `"
              + named.name()
              + "` of cloakroom.upstream.keys or cloakroom.upstream.key-directory",
          "cannot be a key: it is empty, or has white space or characters outside ASCII in it",
          "Give the key as the vendor gave it, and nothing else.");
    }
  }
}
