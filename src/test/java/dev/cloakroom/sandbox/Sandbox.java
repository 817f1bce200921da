package dev.cloakroom.sandbox;

import dev.cloakroom.CloakroomApplication;
import java.util.stream.Stream;
import org.springframework.boot.SpringApplication;

/** Cloakroom for people without a key: {@code ./mvnw spring-boot:test-run}. */
public class Sandbox {

  /** Starts the service against a vendor in this process; settings may be given as usual. */
  public static void main(String[] args) {
    SandboxVendor vendor = new SandboxVendor();
    String[] settings = {
      "--cloakroom.upstream.base-url=" + vendor.baseUrl(),
      "--cloakroom.upstream.keys=sandbox-key",
      "--cloakroom.upstream.refused-key-retry=5s"
    };
    SpringApplication.from(CloakroomApplication::main)
        .run(Stream.of(settings, args).flatMap(Stream::of).toArray(String[]::new));
  }
}
