package dev.cloakroom.access;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.cloakroom.cluster.SharedBudget;
import dev.cloakroom.lookup.NewImageLimit;
import dev.cloakroom.settings.Reloader;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Reads the callers' secrets, again and again, and says how that went. */
@Configuration(proxyBeanMethods = false)
class AccessConfiguration {

  /** Brings changed secrets of callers into use. */
  static final class CallerReloader extends Reloader<CallerSecret> {

    private final boolean hasFiles;

    CallerReloader(@Nullable Path directory, Callers callers) {
      super(
          new Secrets<>("Caller", () -> read(directory), callers::replace, CallerSecret::file),
          callers.secrets());
      this.hasFiles = directory != null;
    }

    /** Only where there are files. */
    @Override
    public void start() {
      if (hasFiles) {
        super.start();
      }
    }
  }

  @Bean
  Callers callers(AccessProperties settings) {
    return new Callers(read(settings.callerDirectory()));
  }

  private static List<CallerSecret> read(@Nullable Path directory) {
    return directory == null ? List.of() : new CallerSource(directory).read();
  }

  @Bean(initMethod = "start")
  CallerReloader callerReloader(AccessProperties settings, Callers callers) {
    return new CallerReloader(settings.callerDirectory(), callers);
  }

  @Bean
  NewImageLimit newImageLimit(AccessProperties settings, SharedBudget shared, Ticker ticker) {
    return new NewImageLimit(settings.newImagesPerMinute(), shared, ticker);
  }

  @Bean
  MeterBinder callerDirectoryMetrics(CallerReloader reloader) {
    return meters ->
        FunctionCounter.builder(
                "cloakroom.access.directory.failures", reloader, CallerReloader::failures)
            .description("Reads of the caller directory that found no whole set of secrets")
            .register(meters);
  }

  /** Who may ask, and what an operator must do about it. */
  @Bean
  HealthIndicator accessHealthIndicator(Callers callers, CallerReloader reloader) {
    return () -> {
      Health.Builder health = Health.up();
      if (callers.isEverybody()) {
        return health.withDetail("callers", "everybody").build();
      }
      health.withDetail("callers", callers.names());
      String fault = reloader.fault();
      if (fault != null) {
        health
            .withDetail("caller-directory", fault + " The previous callers stay in use.")
            .withDetail("action", "Put one secret per file into the caller directory.");
      }
      return health.build();
    };
  }
}
