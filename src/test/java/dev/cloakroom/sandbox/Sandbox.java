package dev.cloakroom.sandbox;

import dev.cloakroom.CloakroomApplication;
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

  static String[] settings(SandboxVendor vendor) {
    return new String[] {
      "--cloakroom.upstream.base-url=" + vendor.baseUrl(),
      "--cloakroom.upstream.keys=sandbox-key",
      "--cloakroom.upstream.rejected-key-retry=5s"
    };
  }
}
