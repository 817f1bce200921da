package dev.cloakroom.container;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The images that the Dockerfile begins with. */
final class Bases {

  private Bases() {}

  static String build() {
    return argument("BUILD_IMAGE");
  }

  static String run() {
    return argument("RUN_IMAGE");
  }

  private static String argument(String name) {
    String prefix = "ARG " + name + "=";
    try {
      return Files.readString(Path.of("Dockerfile"))
          .lines()
          .filter(line -> line.startsWith(prefix))
          .map(line -> line.substring(prefix.length()))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
