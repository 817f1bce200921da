package dev.cloakroom.content;

import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;
import org.springframework.util.unit.DataSize;

/**
 * Reports where pictures are kept, and what an operator must do; readiness does not depend on it.
 */
@Component
class ContentHealthIndicator implements HealthIndicator {

  private final PictureDirectory directory;
  private final SharedPictures shared;
  private final DataSize maxSize;

  ContentHealthIndicator(
      PictureDirectory directory, SharedPictures shared, ContentProperties settings) {
    this.directory = directory;
    this.shared = shared;
    this.maxSize = settings.maxSize();
  }

  @Override
  public Health health() {
    Health.Builder health =
        Health.up()
            .withDetail("directory", directory.path().toString())
            .withDetail("pictures", directory.count())
            .withDetail("bytes", directory.bytes())
            .withDetail("max-bytes", maxSize.toBytes());
    List<String> actions = new ArrayList<>();
    String fault = directory.fault();
    if (fault != null) {
      health.down().withDetail("directory-fault", fault);
      actions.add("Check the disk and cloakroom.content.directory.");
    }
    if (shared.isShared()) {
      String sharedFault = shared.fault();
      health.withDetail("s3", sharedFault == null ? "up" : sharedFault);
      if (sharedFault != null) {
        health.down();
        actions.add("Check the store, cloakroom.content.s3.* and its credentials.");
      }
    }
    return actions.isEmpty()
        ? health.build()
        : health.withDetail("action", String.join(" ", actions)).build();
  }
}
