package dev.cloakroom.upstream.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.cloakroom.settings.InvalidSettingException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeySourceTests {

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

    var keys = files().read();

    assertThat(keys).extracting(NamedKey::name).containsExactly("a", "b");
    assertThat(secret(keys.getFirst())).isEqualTo("key-a");
  }

  @Test
  void readsTheWholeSetBehindTheLinkOfMountedSecret() throws IOException {
    Path old = Files.createDirectory(directory.resolve("..old"));
    Files.writeString(old.resolve("a"), "old-a");
    Path data = Files.createDirectory(directory.resolve("..new"));
    Files.writeString(data.resolve("a"), "new-a");
    Files.writeString(data.resolve("b"), "new-b");
    Files.createSymbolicLink(directory.resolve("..data"), data);
    Files.createSymbolicLink(directory.resolve("a"), old.resolve("a"));

    assertThat(files().read())
        .containsExactly(
            new NamedKey("a", new ApiKey("new-a")), new NamedKey("b", new ApiKey("new-b")));
  }

  @Test
  void namesListedKeysByPositionAndPutsThemFirst() throws IOException {
    Files.writeString(directory.resolve("file"), "third");
    var source = new KeySource(List.of(new ApiKey("first"), new ApiKey("second")), directory);

    var keys = source.read();

    assertThat(keys).extracting(NamedKey::name).containsExactly("1", "2", "file");
    assertThat(secret(keys.getFirst())).isEqualTo("first");
  }

  @Test
  void refusesFileThatIsNamedLikeListedKey() throws IOException {
    Files.writeString(directory.resolve("1"), "of-a-file");
    var source = new KeySource(List.of(new ApiKey("listed")), directory);

    assertThatExceptionOfType(InvalidSettingException.class)
        .isThrownBy(source::read)
        .withMessageContaining("position");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " "})
  void asksForKeyWhereThereIsNone(String keys) {
    assertThatExceptionOfType(InvalidSettingException.class)
        .isThrownBy(() -> listed(keys).read())
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
        .isThrownBy(() -> listed(key).read())
        .withMessageContaining("`1`")
        .withMessageNotContaining(key);
  }

  @Test
  void refusesEmptyOrHugeFileByName() throws IOException {
    Files.writeString(directory.resolve("empty"), "\n");
    assertThatExceptionOfType(InvalidSettingException.class)
        .isThrownBy(() -> files().read())
        .withMessageContaining("`empty`");

    Files.writeString(directory.resolve("empty"), "x".repeat(5000));
    assertThatExceptionOfType(InvalidSettingException.class)
        .isThrownBy(() -> files().read())
        .withMessageContaining("empty");
  }

  @Test
  void refusesDirectoryThatIsNotThere() {
    var nowhere = new KeySource(List.of(), directory.resolve("nowhere"));

    assertThatExceptionOfType(InvalidSettingException.class)
        .isThrownBy(() -> nowhere.read())
        .withMessageContaining("cloakroom.upstream.key-directory");
  }

  @Test
  void neverPrintsKey() {
    var source = listed("secret");

    assertThat(source.toString()).doesNotContain("secret");
    assertThat(source.read().toString()).doesNotContain("secret");
  }

  private KeySource listed(String... keys) {
    return new KeySource(Stream.of(keys).map(ApiKey::new).toList(), null);
  }

  private KeySource files() {
    return new KeySource(List.of(), directory);
  }

  private static String secret(NamedKey key) {
    return key.key().secret();
  }
}
