package dev.cloakroom;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import dev.cloakroom.upstream.key.ApiKey;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The plan of the house, held. */
class ArchitectureTests {

  private static final JavaClasses house =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.cloakroom");

  static Stream<ArchRule> rules() {
    return Stream.of(
        layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("root")
            .definedBy("dev.cloakroom")
            .layer("lookup")
            .definedBy("dev.cloakroom.lookup")
            .layer("cache")
            .definedBy("dev.cloakroom.cache")
            .layer("upstream")
            .definedBy("dev.cloakroom.upstream")
            .layer("key")
            .definedBy("dev.cloakroom.upstream.key")
            .layer("reply")
            .definedBy("dev.cloakroom.upstream.reply")
            .layer("restraint")
            .definedBy("dev.cloakroom.upstream.restraint")
            .layer("cluster")
            .definedBy("dev.cloakroom.cluster")
            .layer("image")
            .definedBy("dev.cloakroom.image")
            .layer("problem")
            .definedBy("dev.cloakroom.problem")
            .layer("settings")
            .definedBy("dev.cloakroom.settings")
            .whereLayer("root")
            .mayNotAccessAnyLayer()
            .whereLayer("lookup")
            .mayOnlyAccessLayers("cache", "cluster", "upstream", "image", "problem")
            .whereLayer("cache")
            .mayOnlyAccessLayers("image")
            .whereLayer("upstream")
            .mayOnlyAccessLayers("key", "reply", "restraint", "cluster", "image", "problem")
            .whereLayer("key")
            .mayOnlyAccessLayers("cluster", "image", "problem")
            .whereLayer("restraint")
            .mayOnlyAccessLayers("reply", "cluster", "problem")
            .whereLayer("cluster")
            .mayOnlyAccessLayers("image", "problem")
            .whereLayer("reply")
            .mayOnlyAccessLayers("image", "problem")
            .whereLayer("image")
            .mayNotAccessAnyLayer()
            .whereLayer("problem")
            .mayNotAccessAnyLayer()
            .whereLayer("settings")
            .mayOnlyAccessLayers("problem")
            .because("ImageLookup introduces the cache and the vendor, who do not know each other"),
        noClasses()
            .that()
            .resideOutsideOfPackage("..upstream..")
            .should()
            .dependOnClassesThat()
            .haveSimpleName("ApiKey")
            .orShould()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "org.springframework.web.reactive..", "reactor.netty..", "io.netty..")
            .because("only upstream talks to the vendor, and only it sees a key"),
        noClasses()
            .that()
            .resideOutsideOfPackage("..cluster..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.springframework.data..", "io.lettuce..")
            .because("only what replicas share is in Redis"),
        noClasses()
            .that()
            .doNotHaveFullyQualifiedName("dev.cloakroom.upstream.UpstreamClient")
            .should()
            .callMethod(ApiKey.class, "requestBody")
            .because("one class sends keys"),
        noClasses()
            .that()
            .resideOutsideOfPackage("..problem..")
            .should()
            .dependOnClassesThat()
            .haveSimpleName("ProblemDetail")
            .because("errors have one exit"),
        noClasses()
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("org.springframework.beans.factory.annotation.Value")
            .because("settings are records, which refuse to start when wrong"),
        classes()
            .that()
            .haveSimpleNameEndingWith("Properties")
            .should()
            .beRecords()
            .andShould()
            .bePackagePrivate()
            .because("a setting belongs to the class beside it"));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void holds(ArchRule rule) {
    rule.check(house);
  }
}
