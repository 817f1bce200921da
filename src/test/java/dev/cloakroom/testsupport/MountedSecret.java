package dev.cloakroom.testsupport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import org.springframework.util.FileSystemUtils;

/** A directory of keys, changed as Kubernetes changes a mounted Secret: by swapping one link. */
public final class MountedSecret {

  private final Path directory;
  private int version;

  /** With these files. */
  public MountedSecret(Map<String, String> files) {
    try {
      directory = Files.createTempDirectory("secret");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    swap(files);
  }

  /** Where it is mounted. */
  public Path directory() {
    return directory;
  }

  /** Replaces all files at once. */
  public void swap(Map<String, String> files) {
    try {
      Path old = directory.resolve("..v" + version);
      Path data = Files.createDirectory(directory.resolve("..v" + ++version));
      for (Map.Entry<String, String> file : files.entrySet()) {
        Files.writeString(data.resolve(file.getKey()), file.getValue());
      }
      Path link = directory.resolve("..data_tmp");
      Files.createSymbolicLink(link, data.getFileName());
      Files.move(link, directory.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
      for (String name : files.keySet()) {
        Path shown = directory.resolve(name);
        if (!Files.isSymbolicLink(shown)) {
          Files.createSymbolicLink(shown, Path.of("..data", name));
        }
      }
      FileSystemUtils.deleteRecursively(old);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Removes the directory. */
  public void vanish() {
    try {
      FileSystemUtils.deleteRecursively(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
