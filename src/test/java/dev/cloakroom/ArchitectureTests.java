package dev.cloakroom;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import dev.cloakroom.upstream.key.ApiKey;
import dev.cloakroom.upstream.modelslab.ModelsLab;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The plan of the house, enforced. */
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
            .layer("server")
            .definedBy("dev.cloakroom.server")
            .layer("api")
            .definedBy("dev.cloakroom.api")
            .layer("access")
            .definedBy("dev.cloakroom.access")
            .layer("content")
            .definedBy("dev.cloakroom.content")
            .layer("lookup")
            .definedBy("dev.cloakroom.lookup")
            .layer("cache")
            .definedBy("dev.cloakroom.cache")
            .layer("cluster")
            .definedBy("dev.cloakroom.cluster")
            .layer("upstream")
            .definedBy("dev.cloakroom.upstream")
            .layer("image")
            .definedBy("dev.cloakroom.image")
            .layer("problem")
            .definedBy("dev.cloakroom.problem")
            .layer("tracing")
            .definedBy("dev.cloakroom.tracing")
            .layer("settings")
            .definedBy("dev.cloakroom.settings")
            .layer("key")
            .definedBy("dev.cloakroom.upstream.key")
            .layer("modelslab")
            .definedBy("dev.cloakroom.upstream.modelslab")
            .layer("resilience")
            .definedBy("dev.cloakroom.upstream.resilience")
            .whereLayer("root")
            .mayNotAccessAnyLayer()
            .whereLayer("api")
            .mayOnlyAccessLayers("lookup", "cache", "image", "problem", "server")
            .whereLayer("access")
            .mayOnlyAccessLayers("lookup", "cluster", "image", "problem", "server", "settings")
            .whereLayer("content")
            .mayOnlyAccessLayers("api", "lookup", "cache", "image", "problem", "server", "settings")
            .whereLayer("server")
            .mayOnlyAccessLayers("problem")
            .whereLayer("lookup")
            .mayOnlyAccessLayers("cache", "cluster", "upstream", "image", "problem")
            .whereLayer("cache")
            .mayOnlyAccessLayers("image")
            .whereLayer("cluster")
            .mayOnlyAccessLayers("image", "problem")
            .whereLayer("upstream")
            .mayOnlyAccessLayers(
                "key", "modelslab", "resilience", "cluster", "image", "problem", "settings")
            .whereLayer("key")
            .mayOnlyAccessLayers("cluster", "image", "problem", "settings")
            .whereLayer("modelslab")
            .mayOnlyAccessLayers("key", "image", "problem")
            .whereLayer("resilience")
            .mayOnlyAccessLayers("modelslab", "cluster", "image", "problem")
            .whereLayer("image")
            .mayNotAccessAnyLayer()
            .whereLayer("problem")
            .mayNotAccessAnyLayer()
            .whereLayer("tracing")
            .mayOnlyAccessLayers("settings")
            .whereLayer("settings")
            .mayNotAccessAnyLayer()
            .because("lookup introduces the cache and the vendor, which do not know each other"),
        noClasses()
            .that()
            .resideOutsideOfPackage("..upstream..")
            .should()
            .dependOnClassesThat()
            .haveSimpleName("ApiKey")
            .because("only upstream sees a key"),
        noClasses()
            .that()
            .resideOutsideOfPackages("..upstream..", "..content..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "org.springframework.web.reactive..", "reactor.netty..", "io.netty..")
            .because("only upstream and content make calls to others"),
        noClasses()
            .that()
            .resideOutsideOfPackage("..content..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("software.amazon.awssdk..", "dev.cloakroom.content..")
            .because("deleting that folder deletes the pictures"),
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
            .callMethod(ModelsLab.class, "requestBody", ApiKey.class)
            .because("one class sends keys"),
        noClasses()
            .that()
            .resideOutsideOfPackage("..upstream.key..")
            .and()
            .doNotHaveSimpleName("ModelsLab")
            .should()
            .callMethod(ApiKey.class, "secret")
            .because("only the request and the search for keys read one"),
        noClasses()
            .that()
            .resideOutsideOfPackage("..upstream.resilience..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.github.resilience4j..")
            .because("limits around calls have one home"),
        noClasses()
            .that()
            .resideInAnyPackage("..lookup..", "..cache..", "..cluster..", "..upstream..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("jakarta.servlet..")
            .because("only api and problem speak HTTP to callers"),
        noClasses()
            .that()
            .resideOutsideOfPackage("..server..")
            .and()
            .haveSimpleNameNotEndingWith("Handler")
            .and()
            .doNotHaveSimpleName("ProblemConfiguration")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.eclipse.jetty..")
            .because("a handler ahead of the servlets is Jetty's, and all else is not"),
        slices()
            .matching("dev.cloakroom.(**)")
            .should()
            .beFreeOfCycles()
            .because("a package can be understood, and deleted, without those above it"),
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
            .because("settings are values"),
        classes()
            .that()
            .haveSimpleNameEndingWith("Properties")
            .and()
            .resideOutsideOfPackage("..lookup..")
            .should()
            .bePackagePrivate()
            .because("a setting belongs to the class beside it; cloakroom.lookup is api's, too"));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void holds(ArchRule rule) {
    rule.check(house);
  }
}
