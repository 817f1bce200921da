package dev.cloakroom;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/** Says once, when the service is ready, what it is set up for, and what it lacks in production. */
@Component
class StartupReport {

  /**
   * What a set-up usually has.
   *
   * @param hint what it means that none of the settings is there
   */
  private record Usual(String hint, List<String> settings) {}

  private static final List<Usual> USUAL =
      List.of(
          new Usual(
              "everybody who reaches the port for callers may ask; set %s to name who may",
              List.of("cloakroom.access.caller-directory")),
          new Usual(
              "a scan of ids costs a call to the vendor each; set %s to limit that",
              List.of("cloakroom.access.new-images-per-minute")),
          new Usual(
              "each replica calls the vendor by itself; set %s where there are several",
              List.of("cloakroom.cluster.enabled")),
          new Usual(
              "pictures are kept in a temporary directory; set %s to keep them over restarts",
              List.of("cloakroom.content.directory", "cloakroom.content.s3.bucket")));

  private static final Logger log = LoggerFactory.getLogger(StartupReport.class);

  private final Environment environment;
  private final MeterRegistry meters;

  StartupReport(Environment environment, MeterRegistry meters) {
    this.environment = environment;
    this.meters = meters;
  }

  @EventListener(ApplicationReadyEvent.class)
  void report() {
    log.info(
        "Ready on port {} for callers and {} for operators; {} {}; {}; {}; {}",
        environment.getProperty("local.server.port"),
        environment.getProperty("local.management.port"),
        keys(),
        keys() == 1 ? "key" : "keys",
        isSet("cloakroom.cluster.enabled") ? "shares through Redis" : "shares nothing",
        isSet("cloakroom.content.s3.bucket")
            ? "stores pictures in S3"
            : "stores pictures in a directory",
        isSet("cloakroom.access.caller-directory")
            ? "asks callers for a secret"
            : "open to all callers");
    USUAL.stream()
        .filter(usual -> usual.settings().stream().noneMatch(this::isSet))
        .forEach(
            usual ->
                log.info(
                    "Hint: {}", usual.hint().formatted(String.join(" or ", usual.settings()))));
  }

  private long keys() {
    return Math.round(
        meters.get("cloakroom.upstream.keys").gauges().stream().mapToDouble(Gauge::value).sum());
  }

  private boolean isSet(String setting) {
    String value = String.valueOf(environment.getProperty(setting, Object.class, ""));
    return !value.isEmpty() && !value.equals("0") && !value.equals("false");
  }
}
