package dev.cloakroom.upstream.key;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.cluster.Cluster;
import dev.cloakroom.testsupport.FakeTime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyReloaderTests {

  private final MountedSecret secret = new MountedSecret(Map.of("a", "key-a", "b", "key-b"));
  private final KeySource source = new KeySource(List.of(new ApiKey("listed")), secret.directory());
  private final FakeTime time = new FakeTime();
  private final KeyPool pool =
      new KeyPool(source.read(), Duration.ofMinutes(10), time, time, Cluster.alone());
  private final KeyReloader rotation = new KeyReloader(source, pool);

  @AfterEach
  void stop() {
    rotation.close();
    secret.vanish();
  }

  @Test
  void swapsTheWholeSetAndLeavesListedKeys() {
    secret.swap(Map.of("b", "key-b2", "c", "key-c"));

    rotation.look();

    assertThat(keys()).containsExactly(key("1", "listed"), key("b", "key-b2"), key("c", "key-c"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "two words", "ключ"})
  void keepsTheLastGoodSetWhereAnyKeyIsImplausible(String text) {
    List<NamedKey> before = keys();
    secret.swap(Map.of("a", text, "b", "key-b2"));

    rotation.look();

    assertThat(keys()).isEqualTo(before);
    assertThat(rotation.fault()).contains("`a`");
    assertThat(rotation.failures()).isEqualTo(1);
  }

  @Test
  void keepsTheLastGoodSetWhereTheDirectoryIsEmptyAndSaysSo() {
    List<NamedKey> before = keys();
    secret.swap(Map.of());

    rotation.look();
    rotation.look();

    assertThat(keys()).isEqualTo(before);
    assertThat(rotation.fault()).contains("cloakroom.upstream.key-directory", "without any key");
    assertThat(rotation.failures()).isEqualTo(2);
  }

  @Test
  void keepsTheLastGoodSetWhereTheDirectoryIsGone() {
    List<NamedKey> before = keys();
    Path directory = secret.directory();
    secret.vanish();

    rotation.look();

    assertThat(directory).doesNotExist();
    assertThat(keys()).isEqualTo(before);
    assertThat(rotation.fault()).contains("cannot be read");
  }

  @Test
  void forgetsTheFaultWhenTheFilesAreWellAgain() {
    secret.swap(Map.of());
    rotation.look();
    secret.swap(Map.of("a", "key-a2"));

    rotation.look();

    assertThat(keys()).containsExactly(key("1", "listed"), key("a", "key-a2"));
    assertThat(rotation.fault()).isNull();
  }

  @Test
  void survivesAnErrorAndTriesAgain() {
    var isBroken = new AtomicBoolean();
    pool.onChange(
        _ -> {
          if (isBroken.get()) {
            throw new StackOverflowError();
          }
        });
    isBroken.set(true);
    secret.swap(Map.of("a", "key-a2"));

    rotation.look();
    String fault = rotation.fault();
    isBroken.set(false);
    rotation.look();

    assertThat(fault).isEqualTo("Reading the keys failed with a java.lang.StackOverflowError.");
    assertThat(rotation.failures()).isEqualTo(1);
    assertThat(rotation.fault()).isNull();
    assertThat(keys()).containsExactly(key("1", "listed"), key("a", "key-a2"));
  }

  @Test
  void looksByItselfUntilItIsClosed() {
    long others = pollers();
    rotation.start();
    secret.swap(Map.of("a", "key-a2"));
    Awaitility.await()
        .atMost(Duration.ofSeconds(5))
        .until(() -> keys().contains(key("a", "key-a2")));

    rotation.close();

    Awaitility.await().until(() -> pollers() == others);
  }

  private static long pollers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("key-rotation"))
        .count();
  }

  private List<NamedKey> keys() {
    return pool.statuses().stream().map(KeyStatus::key).toList();
  }

  private static NamedKey key(String name, String secret) {
    return new NamedKey(name, new ApiKey(secret));
  }
}
