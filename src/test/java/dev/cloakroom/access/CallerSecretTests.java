package dev.cloakroom.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.cloakroom.settings.InvalidSettingException;
import dev.cloakroom.testsupport.Canary;
import dev.cloakroom.testsupport.MountedSecret;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CallerSecretTests {

  private static final JavaClasses access =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.cloakroom.access");

  /** As openssl does, with the command of docs/api.md. */
  @Test
  void signsAsTheDocumentsSay() {
    var secret = new CallerSecret("shop", "0123456789abcdef0123456789abcdef");

    assertThat(
            secret.hasSigned("12202888\n1800000000", "ah9LxSitmqCt_35yFVBNHJ6ZcWqJOIT25Yy_WSEvN3E"))
        .isTrue();
    assertThat(
            secret.hasSigned("12202888\n1800000001", "ah9LxSitmqCt_35yFVBNHJ6ZcWqJOIT25Yy_WSEvN3E"))
        .isFalse();
  }

  @Test
  void comparesInOnePlaceAndInConstantTime() {
    assertThat(callersOf(MessageDigest.class, "isEqual")).containsExactly("CallerSecret.isSame");
    assertThat(callersOf(CallerSecret.class, "isSame"))
        .containsExactlyInAnyOrder(
            "CallerSecret.hasDigest", "CallerSecret.hasSigned", "Verified.isOf");
    assertThat(callersOf(Arrays.class, "equals")).isEmpty();
    // Of names alone: the caller's, and the file's.
    assertThat(callersOf(String.class, "equals"))
        .containsExactlyInAnyOrder(
            "Callers.hasSigned", "CallerSecret.equals", "CallerSource.requireOneCallerEach");
    assertThat(callersOf(String.class, "contentEquals")).isEmpty();
    assertThat(callersOf(String.class, "compareTo")).isEmpty();
  }

  /** Lambdas count as the method that they are written in. */
  private static List<String> callersOf(Class<?> owner, String method) {
    return access.stream()
        .flatMap(type -> type.getMethodCallsFromSelf().stream())
        .filter(call -> call.getTargetOwner().isEquivalentTo(owner))
        .filter(call -> call.getName().equals(method))
        .map(CallerSecretTests::origin)
        .distinct()
        .toList();
  }

  private static String origin(JavaMethodCall call) {
    String name = call.getOrigin().getName().replaceFirst("^lambda\\$(\\w+)\\$\\d+$", "$1");
    return call.getOriginOwner().getSimpleName() + "." + name;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0123456789012345678901234567890",
        "0123456789 0123456789 0123456789 0123456789",
        "0123456789\n0123456789012345678901234567890",
        "пароль-пароль-пароль-пароль-пароль-пароль"
      })
  void refusesWhatCannotBeSecretWithoutQuotingIt(String text) {
    assertThatThrownBy(() -> read(Map.of("shop", text, "studio", Canary.CALLER_SECRET)))
        .isInstanceOf(InvalidSettingException.class)
        .hasMessageContaining("`shop`")
        .hasMessageContaining("fewer than 32 characters")
        .message()
        .doesNotContain("0123456789", "пароль", Canary.CALLER_SECRET);
  }

  @Test
  void refusesOneSecretForTwoCallers() {
    assertThatThrownBy(
            () -> read(Map.of("shop.1", Canary.CALLER_SECRET, "studio", Canary.CALLER_SECRET)))
        .isInstanceOf(InvalidSettingException.class)
        .hasMessageContaining("one secret for two callers: `shop.1` and `studio`");
  }

  @Test
  void takesOneCallersSecretTwice() {
    assertThat(read(Map.of("shop.1", Canary.CALLER_SECRET, "shop.2", Canary.CALLER_SECRET)))
        .extracting(CallerSecret::caller)
        .containsExactly("shop", "shop");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a b", "a\"b", "a{b"})
  void refusesNamesThatNoMetricCouldHave(String name) {
    assertThatThrownBy(() -> read(Map.of(name, Canary.CALLER_SECRET)))
        .isInstanceOf(InvalidSettingException.class)
        .hasMessageContaining("name cannot be a caller's");
  }

  @Test
  void neverPrintsItself() {
    assertThat(new CallerSecret("shop", Canary.CALLER_SECRET)).hasToString("CallerSecret[shop]");
  }

  private static List<CallerSecret> read(Map<String, String> files) {
    var secret = new MountedSecret(files);
    try {
      return new CallerSource(secret.directory()).read();
    } finally {
      secret.vanish();
    }
  }

  @Test
  void ignoresWhiteSpaceAroundSecret() {
    assertThat(read(Map.of("shop", Canary.CALLER_SECRET + "\n")))
        .isEqualTo(Stream.of(new CallerSecret("shop", Canary.CALLER_SECRET)).toList());
  }
}
