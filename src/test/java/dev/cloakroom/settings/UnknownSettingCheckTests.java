package dev.cloakroom.settings;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

class UnknownSettingCheckTests {

  private static final String SECRET = "not-to-be-quoted";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cloakroom.upstream.timeout",
        "cloakroom.upstream.keys",
        "cloakroom.upstream.keys[1]",
        "cloakroom.upstream.keyDirectory",
        "cloakroom.upstream.key_directory",
        "Cloakroom.Upstream.Timeout",
        "cloakrooms.upstream",
        "other.cloakroom.upstream"
      })
  void takesSettingInAnySpellingOfBoot(String name) {
    assertThatCode(() -> check(settings(name))).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cloakroom.upstream",
        "cloakroom.api-key",
        "cloakroom.cahce.ready",
        "cloakroom.upstream.tiemout",
        "cloakroom.upstream.timeout[0]",
        "cloakroom.upstream.keys.first",
        "CLOAKROOM.uptream.timeout"
      })
  void refusesUnknownSetting(String name) {
    assertRefused(settings(name), name + " (file)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CLOAKROOM_API_KEY",
        "CLOAKROOM_UPSTREAM_TIMEOUT",
        "CLOAKROOM_UPSTREAM_KEYDIRECTORY",
        "CLOAKROOM_UPSTREAM_KEY_DIRECTORY",
        "CLOAKROOM_UPSTREAM_KEYS_0",
        "CLOAKROOM_UPSTREAM_KEYS_11_",
        "cloakroom_upstream_timeout",
        "cloakroom.upstream.timeout",
        "CLOAKROOMS",
        "PATH"
      })
  void takesVariable(String name) {
    assertThatCode(() -> check(variables(name))).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CLOAKROOM_SERVICE_HOST",
        "CLOAKROOM_SERVICE_PORT",
        "CLOAKROOM_SERVICE_PORT_HTTP",
        "CLOAKROOM_PORT",
        "CLOAKROOM_PORT_80_TCP",
        "CLOAKROOM_PORT_80_TCP_ADDR",
        "CLOAKROOM_PORT_80_TCP_PORT",
        "CLOAKROOM_PORT_80_TCP_PROTO",
        "CLOAKROOM_MANAGEMENT_SERVICE_HOST",
        "CLOAKROOM_MANAGEMENT_PORT",
        "CLOAKROOM_REDIS_SERVICE_PORT_REDIS",
        "CLOAKROOM_REDIS_PORT_6379_TCP",
        "CLOAKROOM_X_2_PORT_53_UDP_ADDR"
      })
  void takesWhatKubernetesSaysOfItsServices(String name) {
    assertThatCode(() -> check(variables(name))).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CLOAKROOM_KEY",
        "CLOAKROOM_API_KEYS",
        "CLOAKROOM_API_KEY_0",
        "CLOAKROOM_UPTREAM_TIMEOUT",
        "CLOAKROOM_UPSTREAM_TIEMOUT",
        "CLOAKROOM_UPSTREAM_TIMEOUT_0",
        "CLOAKROOM_UPSTREAM_KEYS_A",
        "cloakroom.uptream.timeout",
        "CLOAKROOM_PORT_HTTP"
      })
  void refusesUnknownVariable(String name) {
    assertRefused(variables(name), name + " (systemEnvironment)");
  }

  @Test
  void namesAllWithoutWhatMayBeKeyInsteadOfName() {
    String mistake = "aB3dE6gH9".repeat(5);

    assertThatExceptionOfType(InvalidSettingException.class)
        .isThrownBy(
            () ->
                check(
                    settings("cloakroom.upstream.keys." + mistake),
                    variables("CLOAKROOM_UPSTREAM_KEY_" + mistake)))
        .withMessageContaining("cloakroom.upstream.keys.… (file)")
        .withMessageContaining("CLOAKROOM_UPSTREAM_KEY_… (systemEnvironment)");
  }

  private static void assertRefused(PropertySource<?> source, String name) {
    assertThatExceptionOfType(InvalidSettingException.class)
        .isThrownBy(() -> check(source))
        .withMessage("There is no such setting: " + name + ".")
        .withMessageNotContaining(SECRET);
  }

  private static PropertySource<?> settings(String name) {
    return new MapPropertySource("file", Map.of(name, SECRET));
  }

  private static PropertySource<?> variables(String name) {
    return new SystemEnvironmentPropertySource("systemEnvironment", Map.of(name, SECRET));
  }

  private static void check(PropertySource<?>... sources) {
    var environment = new StandardEnvironment();
    environment
        .getPropertySources()
        .forEach(s -> environment.getPropertySources().remove(s.getName()));
    for (PropertySource<?> source : sources) {
      environment.getPropertySources().addLast(source);
    }
    try (var context = new GenericApplicationContext()) {
      context.setEnvironment(environment);
      new UnknownSettingCheck().initialize(context);
    }
  }
}
