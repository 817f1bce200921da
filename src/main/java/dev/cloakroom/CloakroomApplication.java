package dev.cloakroom;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** Serves the state of queued images, fetched with a key that only this process holds. */
@SpringBootApplication
@ConfigurationPropertiesScan
public class CloakroomApplication {

  /** Starts the service; settings come from Boot's usual sources. */
  public static void main(String[] args) {
    SpringApplication.run(CloakroomApplication.class, args);
  }
}
