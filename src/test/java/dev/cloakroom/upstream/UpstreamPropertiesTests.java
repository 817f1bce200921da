package dev.cloakroom.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.cloakroom.settings.InvalidSettingException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class UpstreamPropertiesTests {

  @ParameterizedTest
  @CsvSource({
    "base-url, modelslab.com/api",
    "base-url, http://modelslab.com/api",
    "base-url, http://127.0.0.1.evil.example",
    "base-url, http://localhost.evil.example",
    "base-url, ftp://modelslab.com",
    "base-url, https:///api",
    "base-url, https://user@modelslab.com",
    "base-url, https://modelslab.com?x=1",
    "base-url, https://modelslab.com#x",
    "fetch-path, /v6/fetch",
    "fetch-path, v6/fetch/{id}",
    "fetch-path, /v6/{route}/fetch/{id}",
    "fetch-path, //evil.example/{id}"
  })
  void refusesAddressThatKeyMustNotBeSentTo(String setting, String value) {
    assertThatExceptionOfType(BindException.class)
        .isThrownBy(() -> settings(setting, value))
        .havingRootCause()
        .isInstanceOf(InvalidSettingException.class)
        .withMessageContaining("cloakroom.upstream." + setting);
  }

  @ParameterizedTest
  @CsvSource({
    "https://modelslab.com/api/, https://modelslab.com/api",
    "HTTPS://MODELSLAB.COM, HTTPS://MODELSLAB.COM",
    "http://localhost:9100, http://localhost:9100",
    "http://127.0.0.1/, http://127.0.0.1",
    "http://[::1]:9100/x/, http://[::1]:9100/x"
  })
  void takesHttpsAndLoopback(String url, String base) {
    assertThat(settings("base-url", url).base()).isEqualTo(base);
  }

  @Test
  void neverPrintKey() {
    assertThat(settings("keys", "secret").toString()).doesNotContain("secret");
  }

  private static UpstreamProperties settings(String name, String value) {
    var source = new MapConfigurationPropertySource(Map.of("cloakroom.upstream." + name, value));
    return new Binder(source).bind("cloakroom.upstream", UpstreamProperties.class).get();
  }
}
