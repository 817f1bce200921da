package dev.cloakroom.settings;

import java.io.IOException;
import java.nio.charset.Charset;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.env.PropertiesPropertySourceLoader;
import org.springframework.boot.env.PropertySourceLoader;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.Resource;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/**
 * Reads files of settings as Boot does, but says of one that cannot be read only where the mistake
 * is: parsers quote the line, in which a key may stand.
 */
abstract class SettingsFileLoader implements PropertySourceLoader {

  /** Comes first, as Boot gives these precedence over YAML by this order. */
  static class PropertiesFile extends SettingsFileLoader {
    PropertiesFile() {
      super(new PropertiesPropertySourceLoader());
    }
  }

  static class YamlFile extends SettingsFileLoader {
    YamlFile() {
      super(new YamlPropertySourceLoader());
    }
  }

  private final PropertySourceLoader loader;

  private SettingsFileLoader(PropertySourceLoader loader) {
    this.loader = loader;
  }

  @Override
  public String[] getFileExtensions() {
    return loader.getFileExtensions();
  }

  @Override
  public List<PropertySource<?>> load(String name, Resource file) throws IOException {
    return load(name, file, null);
  }

  @Override
  public List<PropertySource<?>> load(String name, Resource file, @Nullable Charset encoding)
      throws IOException {
    try {
      return loader.load(name, file, encoding);
    } catch (RuntimeException e) {
      // Without the cause, which would be logged, snippet and all.
      throw new InvalidSettingException(
          "The settings in " + file.getDescription(),
          "cannot be read" + placeOf(e),
          "Correct the file; a value with special characters needs quotes around it.");
    }
  }

  private static String placeOf(RuntimeException failure) {
    return failure instanceof MarkedYAMLException yaml && yaml.getProblemMark() != null
        ? ": see line %d, column %d"
            .formatted(yaml.getProblemMark().getLine() + 1, yaml.getProblemMark().getColumn() + 1)
        : "";
  }
}
