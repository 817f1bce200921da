package dev.cloakroom.sandbox;

import static org.springframework.web.servlet.function.RouterFunctions.route;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Bean;
import org.springframework.core.io.ClassPathResource;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.ServerResponse;

/**
 * The sandbox's page, and what its numbers and buttons need.
 *
 * <p>Not a {@code @Configuration}, as a scan would find it for each service under test.
 */
class SandboxPage {

  private static final ClassPathResource FILES = new ClassPathResource("sandbox/");

  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'";

  /**
   * What the page shows beside its images.
   *
   * @param vendor how the vendor answers
   * @param limit what keeps Cloakroom from calling it
   * @param calls that the vendor got, for states and pictures
   * @param answers that callers got, states and pictures
   * @param saved those of them that needed no call of their own
   * @param jobs from the latest
   */
  record State(
      String vendor,
      @Nullable String limit,
      long calls,
      long answers,
      long saved,
      List<Long> jobs) {}

  @Bean
  RouterFunction<ServerResponse> page(SandboxVendor vendor, MeterRegistry meters) {
    return route()
        .GET(
            "/",
            _ ->
                ServerResponse.ok()
                    .contentType(MediaType.TEXT_HTML)
                    .header("Content-Security-Policy", POLICY)
                    .body(FILES.createRelative("page.html")))
        .GET("/sandbox/state", _ -> state(vendor, meters))
        .POST(
            "/sandbox/jobs",
            _ -> {
              vendor.jobs().add();
              return state(vendor, meters);
            })
        .PUT(
            "/sandbox/vendor/{mode:works|throttles|fails}",
            request -> {
              String mode = request.pathVariable("mode").toUpperCase(Locale.ROOT);
              vendor.setMode(SandboxVendor.Mode.valueOf(mode));
              return state(vendor, meters);
            })
        .resources("/sandbox/**", FILES)
        .build();
  }

  private static ServerResponse state(SandboxVendor vendor, MeterRegistry meters) {
    long answers = answers(meters);
    return ServerResponse.ok()
        .body(
            new State(
                vendor.mode().name().toLowerCase(Locale.ROOT),
                limit(meters),
                vendor.calls(),
                answers,
                answers - answers(meters, "result", "miss"),
                vendor.jobs().page()));
  }

  /** Of states and pictures, by their tags. */
  static long answers(MeterRegistry meters, String... tags) {
    return (long)
        Stream.of("cloakroom.cache.requests", "cloakroom.content.requests")
            .flatMap(name -> meters.find(name).tags(tags).counters().stream())
            .mapToDouble(Counter::count)
            .sum();
  }

  private static @Nullable String limit(MeterRegistry meters) {
    if (gauge(meters, "cloakroom.upstream.breaker", "closed") == 0) {
      return "breaker";
    }
    return gauge(meters, "cloakroom.upstream.keys", "usable") == 0 ? "cooldown" : null;
  }

  private static double gauge(MeterRegistry meters, String name, String state) {
    return meters.get(name).tag("state", state).gauge().value();
  }
}
