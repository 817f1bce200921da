package dev.cloakroom.upstream.key;

import dev.cloakroom.settings.InvalidSettingException;
import dev.cloakroom.settings.SecretDirectory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the keys come from.
 *
 * @param listed keys of the settings
 * @param directory has one key per file
 */
public record KeySource(List<ApiKey> listed, @Nullable Path directory) {

  private static final String DIRECTORY = "cloakroom.upstream.key-directory";

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
      new SecretDirectory(directory, DIRECTORY, "key")
          .read()
          .forEach((name, text) -> keys.add(new NamedKey(name, new ApiKey(text))));
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
      throw new InvalidSettingException(
          DIRECTORY,
          "has a file whose name is a listed key's position",
          "Give the file another name.");
    }
    return List.copyOf(keys);
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
