package dev.cloakroom.content;

import dev.cloakroom.CloakroomApplication;
import dev.cloakroom.testsupport.Caller;
import dev.cloakroom.testsupport.Canary;
import dev.cloakroom.testsupport.Vendor;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** The whole service in this process, with a directory of its own, for as long as a test wants. */
public record ContentReplica(ConfigurableApplicationContext context) implements AutoCloseable {

  /** Starts it; the settings come after those that it needs. */
  public static ContentReplica start(
      Vendor vendor, FileHost files, Path directory, Map<String, String> settings) {
    Map<String, Object> all =
        new HashMap<>(
            Map.of(
                "cloakroom.upstream.base-url",
                vendor.baseUrl(),
                "cloakroom.upstream.retry-budget",
                "0",
                "cloakroom.content.directory",
                directory.toString(),
                "CLOAKROOM_API_KEY",
                Canary.KEY,
                "logging.config",
                "classpath:canary-logback.xml"));
    files.settings().forEach(setting -> all.put(setting[0], setting[1]));
    all.putAll(settings);
    // As defaults, which Spring does not log.
    return new ContentReplica(
        new SpringApplicationBuilder(CloakroomApplication.class)
            .properties(all)
            .run("--server.port=0", "--management.server.port=0"));
  }

  Reader reader() {
    return new Reader(port());
  }

  Caller service() {
    return new Caller(port());
  }

  Caller management() {
    return Caller.ofUndescribed(port("local.management.port"));
  }

  /** Its service port. */
  public int port() {
    return port("local.server.port");
  }

  private int port(String property) {
    return context.getEnvironment().getRequiredProperty(property, Integer.class);
  }

  @Override
  public void close() {
    context.close();
  }
}
