package dev.cloakroom.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

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

  /** A copy, as Helm's library leaves out hooks, and fails where a lookup finds no cluster. */
  private static final Path COPY = Path.of("target/helm-copy");

  static {
    Path test = COPY.resolve("templates/tests/service.yaml");
    Path deployment = COPY.resolve("templates/deployment.yaml");
    try {
      FileSystemUtils.deleteRecursively(COPY);
      FileSystemUtils.copyRecursively(DIRECTORY, COPY);
      Files.writeString(test, withoutHooks(Files.readString(test)));
      Files.writeString(deployment, withoutLookup(Files.readString(deployment)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Chart() {}

  static String withoutHooks(String manifest) {
    return manifest.replace("helm.sh/hook", "hook");
  }

  /** As without a cluster, where Helm's own programs find nothing. */
  private static String withoutLookup(String template) {
    String without = template.replaceAll("\\(lookup [^()]*\\([^()]*\\)\\)", "(dict)");
    assertThat(without).isNotEqualTo(template);
    return without;
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
        new Helm(COPY)
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

  /** What Helm prints after an installation. */
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
