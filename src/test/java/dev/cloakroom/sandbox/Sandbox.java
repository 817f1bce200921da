package dev.cloakroom.sandbox;

import dev.cloakroom.CloakroomApplication;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Cloakroom for people without a key: {@code ./mvnw spring-boot:test-run}. The only main class of
 * the tests, as Maven must find one by itself.
 */
public class Sandbox {

  /**
   * Starts the service against a vendor in this process, or a fleet of it for the argument {@code
   * fleet}; settings may be given as usual.
   */
  public static void main(String[] args) {
    if (List.of(args).contains("fleet")) {
      FleetSandbox.start();
    } else {
      start(new SandboxVendor(), args);
    }
  }

  /** Starts a service with the page, besides what else is to be in it. */
  static ConfigurableApplicationContext start(
      SandboxVendor vendor, String[] settings, Class<?>... more) {
    return new SpringApplicationBuilder(CloakroomApplication.class, SandboxPage.class)
        .sources(more)
        .main(CloakroomApplication.class)
        .initializers(context -> context.getBeanFactory().registerSingleton("vendor", vendor))
        .run(Stream.of(settings(vendor), settings).flatMap(Stream::of).toArray(String[]::new));
  }

  private static String[] settings(SandboxVendor vendor) {
    return new String[] {
      "--cloakroom.upstream.base-url=" + vendor.baseUrl(),
      "--cloakroom.upstream.keys=sandbox-key",
      "--cloakroom.upstream.rejected-key-retry=5s",
      "--cloakroom.content.hosts=" + vendor.pictureHost(),
      "--cloakroom.content.private-addresses=true",
      "--cloakroom.content.ssl-bundle=sandbox",
      "--cloakroom.content.directory=" + temporaryDirectory(),
      "--spring.ssl.bundle.pem.sandbox.truststore.certificate=" + vendor.certificate()
    };
  }

  /** One for each process and replica, as jobs begin anew with each. */
  private static Path temporaryDirectory() {
    try {
      return Files.createTempDirectory("pictures");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
