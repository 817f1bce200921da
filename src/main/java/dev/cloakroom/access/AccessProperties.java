package dev.cloakroom.access;

import dev.cloakroom.settings.InvalidSettingException;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.PositiveOrZero;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Settings of who may ask.
 *
 * @param callerDirectory Directory with one secret per file, named after its caller, such as a
 *     mounted Kubernetes Secret; without it everybody may ask.
 * @param newImagesPerMinute Number of images that are not remembered, and that a client may have
 *     the vendor asked about in a minute; 0 for no limit.
 * @param origins Origins of pages that may read answers in browsers, such as
 *     https://shop.example.com; * for all.
 */
@Validated
@ConfigurationProperties(prefix = "cloakroom.access", ignoreUnknownFields = false)
record AccessProperties(
    @Nullable Path callerDirectory,
    @PositiveOrZero @Max(10_000) @DefaultValue("0") int newImagesPerMinute,
    @DefaultValue List<String> origins) {

  private static final Pattern ORIGIN =
      Pattern.compile("\\*|https?://(?:[a-z0-9.-]+|\\[[0-9a-f:.]+])(?::[0-9]{1,5})?");

  /** Refuses what no browser sends as an origin, and so would never match. */
  AccessProperties {
    origins = List.copyOf(origins);
    if (!origins.stream().allMatch(origin -> ORIGIN.matcher(origin).matches())) {
      throw new InvalidSettingException(
          "cloakroom.access.origins",
          "has one that is neither * nor an origin",
          "Give scheme and host in lower case, and a port that is not the scheme's own, without a"
              + " path, such as https://shop.example.com.");
    }
  }
}
