package dev.cloakroom.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class NamedKeyTests {

  @TempDir private Path directory;

  @Test
  void readsKeysOfMountedSecretByFileName() throws IOException {
    Path data = Files.createDirectory(directory.resolve("..2026_11_22"));
    Files.writeString(data.resolve("b"), "key-b\n");
    Files.writeString(data.resolve("a"), "  key-a\r\n");
    Files.createSymbolicLink(directory.resolve("..data"), data);
    Files.createSymbolicLink(directory.resolve("a"), Path.of("..data", "a"));
    Files.createSymbolicLink(directory.resolve("b"), Path.of("..data", "b"));
    Files.writeString(directory.resolve(".hidden"), "no key");
    Files.createDirectory(directory.resolve("lost+found"));

    var keys = NamedKey.all(settings("key-directory", directory.toString()));

    assertThat(keys).extracting(NamedKey::name).containsExactly("a", "b");
    assertThat(body(keys.getFirst())).isEqualTo("{\"key\":\"key-a\"}");
  }

  @Test
  void namesListedKeysByPositionAndPutsThemFirst() throws IOException {
    Files.writeString(directory.resolve("file"), "third");
    var source =
        new MapConfigurationPropertySource(
            java.util.Map.of(
                "cloakroom.upstream.keys",
                "first, second",
                "cloakroom.upstream.key-directory",
                directory.toString()));

    var keys =
        NamedKey.all(new Binder(source).bind("cloakroom.upstream", UpstreamProperties.class).get());

    assertThat(keys).extracting(NamedKey::name).containsExactly("1", "2", "file");
    assertThat(body(keys.getFirst())).isEqualTo("{\"key\":\"first\"}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", ","})
  void asksForKeyWhereThereIsNone(String keys) {
    assertThatExceptionOfType(InvalidSettingException.class)
        .isThrownBy(() -> NamedKey.all(settings("keys", keys)))
        .withMessageContaining("no API key")
        .satisfies(
            e ->
                assertThat(new InvalidSettingException.Analyzer().analyze(e).getAction())
                    .contains("CLOAKROOM_API_KEY", "key-directory"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"two words", "ключ", "a\u0000b", "tab\tbed"})
  void refusesWhatCannotBeKeyWithoutQuotingIt(String key) {
    assertThatExceptionOfType(InvalidSettingException.class)
        .isThrownBy(() -> NamedKey.all(settings("keys", key)))
        .withMessageContaining("`1`")
        .withMessageNotContaining(key);
  }

  @Test
  void refusesEmptyOrHugeFileByName() throws IOException {
    Files.writeString(directory.resolve("empty"), "\n");
    assertThatExceptionOfType(InvalidSettingException.class)
        .isThrownBy(() -> NamedKey.all(settings("key-directory", directory.toString())))
        .withMessageContaining("`empty`");

    Files.writeString(directory.resolve("empty"), "x".repeat(5000));
    assertThatExceptionOfType(InvalidSettingException.class)
        .isThrownBy(() -> NamedKey.all(settings("key-directory", directory.toString())))
        .withMessageContaining("empty");
  }

  @Test
  void refusesDirectoryThatIsNotThere() {
    String nowhere = directory.resolve("nowhere").toString();

    assertThatExceptionOfType(InvalidSettingException.class)
        .isThrownBy(() -> NamedKey.all(settings("key-directory", nowhere)))
        .withMessageContaining("cloakroom.upstream.key-directory");
  }

  @Test
  void neverPrintsKey() {
    var settings = settings("keys", "secret");

    assertThat(settings.toString()).doesNotContain("secret");
    assertThat(NamedKey.all(settings).toString()).doesNotContain("secret");
  }

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

  private static UpstreamProperties settings(String name, String value) {
    var source =
        new MapConfigurationPropertySource(java.util.Map.of("cloakroom.upstream." + name, value));
    return new Binder(source).bind("cloakroom.upstream", UpstreamProperties.class).get();
  }

  private static String body(NamedKey key) {
    return new String(key.key().requestBody(), StandardCharsets.UTF_8);
  }
}
