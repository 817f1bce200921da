package dev.cloakroom.upstream.key;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.cluster.SharedCooldowns;
import dev.cloakroom.testsupport.FakeTime;
import dev.cloakroom.testsupport.MountedSecret;
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
      new KeyPool(source.read(), Duration.ofMinutes(10), time, time, SharedCooldowns.alone());
  private final KeyReloader reloader = new KeyReloader(source, pool);

  @AfterEach
  void stop() {
    reloader.close();
    secret.vanish();
  }

  @Test
  void swapsTheWholeSetAndLeavesListedKeys() {
    secret.swap(Map.of("b", "key-b2", "c", "key-c"));

    reloader.reload();

    assertThat(keys()).containsExactly(key("1", "listed"), key("b", "key-b2"), key("c", "key-c"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "two words", "ключ"})
  void keepsTheLastGoodSetWhereAnyKeyIsImplausible(String text) {
    List<NamedKey> before = keys();
    secret.swap(Map.of("a", text, "b", "key-b2"));

    reloader.reload();

    assertThat(keys()).isEqualTo(before);
    assertThat(reloader.fault()).contains("`a`");
    assertThat(reloader.failures()).isEqualTo(1);
  }

  @Test
  void keepsTheLastGoodSetWhereTheDirectoryIsEmptyAndSaysSo() {
    List<NamedKey> before = keys();
    secret.swap(Map.of());

    reloader.reload();
    reloader.reload();

    assertThat(keys()).isEqualTo(before);
    assertThat(reloader.fault()).contains("cloakroom.upstream.key-directory", "without any key");
    assertThat(reloader.failures()).isEqualTo(2);
  }

  @Test
  void keepsTheLastGoodSetWhereTheDirectoryIsGone() {
    List<NamedKey> before = keys();
    Path directory = secret.directory();
    secret.vanish();

    reloader.reload();

    assertThat(directory).doesNotExist();
    assertThat(keys()).isEqualTo(before);
    assertThat(reloader.fault()).contains("cannot be read");
  }

  @Test
  void clearsTheFaultWhenTheFilesAreGoodAgain() {
    secret.swap(Map.of());
    reloader.reload();
    secret.swap(Map.of("a", "key-a2"));

    reloader.reload();

    assertThat(keys()).containsExactly(key("1", "listed"), key("a", "key-a2"));
    assertThat(reloader.fault()).isNull();
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

    reloader.reload();
    String fault = reloader.fault();
    isBroken.set(false);
    reloader.reload();

    assertThat(fault).isEqualTo("Reading the keys failed with a java.lang.StackOverflowError.");
    assertThat(reloader.failures()).isEqualTo(1);
    assertThat(reloader.fault()).isNull();
    assertThat(keys()).containsExactly(key("1", "listed"), key("a", "key-a2"));
  }

  @Test
  void readsByItselfUntilItIsClosed() {
    long others = pollers();
    reloader.start();
    secret.swap(Map.of("a", "key-a2"));
    Awaitility.await()
        .atMost(Duration.ofSeconds(5))
        .until(() -> keys().contains(key("a", "key-a2")));

    reloader.close();

    Awaitility.await().until(() -> pollers() == others);
  }

  private static long pollers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("key-reloader"))
        .count();
  }

  private List<NamedKey> keys() {
    return pool.statuses().stream().map(KeyStatus::key).toList();
  }

  private static NamedKey key(String name, String secret) {
    return new NamedKey(name, new ApiKey(secret));
  }
}
