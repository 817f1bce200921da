package dev.cloakroom.settings;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.boot.origin.OriginLookup;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.io.ClassPathResource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Stops the start for a setting below {@code cloakroom}, or a variable that begins with {@code
 * CLOAKROOM_}, that does not exist: Boot ignores those that are not below a known prefix.
 */
class UnknownSettingCheck implements ApplicationContextInitializer<ConfigurableApplicationContext> {

  private static final Pattern SETTING =
      Pattern.compile("cloakroom[.\\[].*", Pattern.CASE_INSENSITIVE);

  private static final Pattern VARIABLE =
      Pattern.compile("cloakroom[._].*", Pattern.CASE_INSENSITIVE);

  /** Every pod gets these for each service whose name begins with {@code cloakroom}. */
  private static final Pattern SERVICE_LINK =
      Pattern.compile(
          "CLOAKROOM_([A-Z0-9_]+_)?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?"
              + "|PORT(_[0-9]+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?)?)");

  private static final String METADATA = "META-INF/spring-configuration-metadata.json";

  /** By their letters and digits alone, as each source spells them otherwise. */
  private final Map<String, String> typesByName;

  UnknownSettingCheck() {
    this.typesByName =
        metadata()
            .path("properties")
            .valueStream()
            .collect(
                Collectors.toMap(
                    setting -> lettersAndDigits(setting.path("name").asString()),
                    setting -> setting.path("type").asString(),
                    (first, _) -> first));
  }

  /** Written by the compiler; ours is the first on the class path. */
  private static JsonNode metadata() {
    try (InputStream file = new ClassPathResource(METADATA).getInputStream()) {
      return JsonMapper.shared().readTree(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void initialize(ConfigurableApplicationContext context) {
    List<String> unknown =
        context.getEnvironment().getPropertySources().stream()
            .filter(EnumerablePropertySource.class::isInstance)
            .map(EnumerablePropertySource.class::cast)
            .flatMap(this::unknownIn)
            .distinct()
            .toList();
    if (!unknown.isEmpty()) {
      throw UnknownSettingFailureAnalyzer.unknown(unknown);
    }
  }

  private Stream<String> unknownIn(EnumerablePropertySource<?> source) {
    boolean isEnvironment = source instanceof SystemEnvironmentPropertySource;
    return Arrays.stream(source.getPropertyNames())
        .filter(name -> (isEnvironment ? VARIABLE : SETTING).matcher(name).matches())
        .filter(name -> !isKnown(name) && !(isEnvironment && isNoSetting(name)))
        .map(name -> describe(name, source));
  }

  private static String describe(String name, PropertySource<?> source) {
    return UnknownSettingFailureAnalyzer.describe(
        name, OriginLookup.getOrigin(source, name), source.getName());
  }

  private static boolean isNoSetting(String variable) {
    return variable.equals("CLOAKROOM_API_KEY") || SERVICE_LINK.matcher(variable).matches();
  }

  private boolean isKnown(String name) {
    String letters = lettersAndDigits(name);
    return typesByName.entrySet().stream()
        .anyMatch(known -> isOf(letters, known.getKey(), known.getValue()));
  }

  private static boolean isOf(String name, String known, String type) {
    if (!name.startsWith(known)) {
      return false;
    }
    String rest = name.substring(known.length());
    return rest.isEmpty()
        || type.startsWith("java.util.Map")
        || (type.startsWith("java.util.List") && rest.matches("[0-9]+"));
  }

  private static String lettersAndDigits(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
  }
}
