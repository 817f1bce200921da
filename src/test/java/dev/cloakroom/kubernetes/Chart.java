package dev.cloakroom.kubernetes;

import com.marcnuri.helm.DryRun;
import com.marcnuri.helm.Helm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.util.FileSystemUtils;
import tools.jackson.databind.JsonNode;

/** The chart in {@code helm}, as Helm renders it; the release is {@code images}. */
public final class Chart {

  static final Path DIRECTORY = Path.of("helm");

  /** A copy, as Helm's library leaves out hooks. */
  private static final Path WITHOUT_HOOKS = Path.of("target/helm-without-hooks");

  static {
    Path test = WITHOUT_HOOKS.resolve("templates/tests/service.yaml");
    try {
      FileSystemUtils.deleteRecursively(WITHOUT_HOOKS);
      FileSystemUtils.copyRecursively(DIRECTORY, WITHOUT_HOOKS);
      Files.writeString(test, withoutHooks(Files.readString(test)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Chart() {}

  static String withoutHooks(String manifest) {
    return manifest.replace("helm.sh/hook", "hook");
  }

  /** The files of values that show one way to install it each. */
  static List<Path> scenarios() {
    try (Stream<Path> files = Files.list(DIRECTORY.resolve("ci"))) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Release render(Path values) {
    return Release.of(
        new Helm(WITHOUT_HOOKS)
            .template()
            .withName("images")
            .withNamespace("frontend")
            .withKubeVersion("v1.34.0")
            .withValuesFile(values)
            .call());
  }

  /** With values as YAML. */
  public static Release render(String values) {
    try {
      Path file = Files.createTempFile("values-", ".yaml");
      try {
        return render(Files.writeString(file, values));
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The Redis for trials, by repository and tag. */
  public static String redisImage() {
    try {
      JsonNode image =
          Release.of(Files.readString(DIRECTORY.resolve("values.yaml")))
              .objects()
              .getFirst()
              .at("/redis/trial/image");
      return image.at("/repository").asString() + ":" + image.at("/tag").asString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What Helm tells whoever installs it. */
  static String notes(Path values) {
    return new Helm(DIRECTORY)
        .install()
        .withName("images")
        .withNamespace("frontend")
        .withKubeVersion("v1.34.0")
        .clientOnly()
        .withDryRunOption(DryRun.CLIENT)
        .withValuesFile(values)
        .call()
        .getOutput();
  }
}
