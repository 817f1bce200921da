package dev.cloakroom.sandbox;

import dev.cloakroom.CloakroomApplication;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.boot.SpringApplication;

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
      SandboxVendor vendor = new SandboxVendor();
      SpringApplication.from(CloakroomApplication::main)
          .run(Stream.of(settings(vendor), args).flatMap(Stream::of).toArray(String[]::new));
    }
  }

  /** One for each process and replica, as jobs begin anew with each. */
  private static Path temporaryDirectory() {
    try {
      return Files.createTempDirectory("pictures");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String[] settings(SandboxVendor vendor) {
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
}
