package dev.cloakroom.upstream;

import dev.cloakroom.image.ImageId;
import dev.cloakroom.settings.InvalidSettingException;
import dev.cloakroom.upstream.key.ApiKey;
import dev.cloakroom.upstream.modelslab.ModelsLab;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Positive;
import jakarta.validation.constraints.PositiveOrZero;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.StringUtils;
import org.springframework.validation.annotation.Validated;
import org.springframework.web.util.UriUtils;

/**
 * Settings of the vendor's API.
 *
 * @param baseUrl Address of the vendor's API; https, or http on a loopback host.
 * @param sslBundle Name of the SSL bundle with the vendor's authorities, in place of the JVM's, and
 *     with our own key if the vendor asks for one; read at the start.
 * @param fetchPath Path below the base URL of an image's state; {id} stands for the id.
 * @param idPattern Regular expression of the ids that the vendor gives.
 * @param keys API keys; CLOAKROOM_API_KEY in the environment is the short way to give one.
 * @param keyDirectory Directory with one API key per file, such as a mounted Kubernetes Secret.
 * @param rejectedKeyRetry Time at most after which a key that is rejected or out of credit is tried
 *     again, by one call; 5 s at first, and twice as long after each rejection.
 * @param inconclusiveTimeout Time for which an answer that cannot be final (finished without a
 *     picture, or an unknown status) counts as processing.
 * @param connectTimeout Time limit for connecting to the vendor.
 * @param responseTimeout Time limit for the vendor's silence during a call.
 * @param timeout Time limit for all calls of one fetch, and for all waits between them, that for a
 *     connection among them.
 * @param maxConnections Number of connections to the vendor.
 * @param maxPending Number of calls that may wait for a connection, each as long as its time limit
 *     allows.
 * @param rate Calls a second with each key, spread evenly; 0 for no limit.
 * @param retryBudget Repeats of calls that broke down, as a share of all first calls at most.
 */
@Validated
@ConfigurationProperties(prefix = "cloakroom.upstream", ignoreUnknownFields = false)
record UpstreamProperties(
    @DefaultValue(ModelsLab.BASE_URL) URI baseUrl,
    @Nullable String sslBundle,
    @DefaultValue(ModelsLab.FETCH_PATH) String fetchPath,
    @DefaultValue(ModelsLab.ID_PATTERN) Pattern idPattern,
    @DefaultValue List<ApiKey> keys,
    @Nullable Path keyDirectory,
    @DurationMin(seconds = 1) @DefaultValue("10m") Duration rejectedKeyRetry,
    @DurationMin(seconds = 1) @DefaultValue("10m") Duration inconclusiveTimeout,
    @DurationMin(millis = 1) @DefaultValue("3s") Duration connectTimeout,
    @DurationMin(millis = 1) @DefaultValue("15s") Duration responseTimeout,
    @DurationMin(millis = 1) @DefaultValue("20s") Duration timeout,
    @Positive @Max(10_000) @DefaultValue("256") int maxConnections,
    @PositiveOrZero @Max(100_000) @DefaultValue("1024") int maxPending,
    @PositiveOrZero @DefaultValue("0") double rate,
    @PositiveOrZero @Max(1) @DefaultValue("0.2") double retryBudget) {

  private static final Pattern LOOPBACK =
      Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|\\[::1]", Pattern.CASE_INSENSITIVE);

  /** Refuses addresses to which a key must not be sent. */
  UpstreamProperties {
    String host = baseUrl.getHost();
    boolean isEncrypted = "https".equalsIgnoreCase(baseUrl.getScheme());
    boolean isLocal =
        "http".equalsIgnoreCase(baseUrl.getScheme())
            && host != null
            && LOOPBACK.matcher(host).matches();
    if (host == null || !(isEncrypted || isLocal)) {
      throw new InvalidSettingException(
          "cloakroom.upstream.base-url",
          "is not the absolute https URL of a host (http is for loopback hosts only)",
          "Set it to the address of the vendor's API, such as " + ModelsLab.BASE_URL + ".");
    }
    if (baseUrl.getRawUserInfo() != null
        || baseUrl.getRawQuery() != null
        || baseUrl.getRawFragment() != null) {
      throw new InvalidSettingException(
          "cloakroom.upstream.base-url",
          "has a user, a query or a fragment",
          "Leave only scheme, host, port and path, such as " + ModelsLab.BASE_URL + ".");
    }
    // One slash only: what begins with two names a host.
    if (!fetchPath.matches("/(?!/)[A-Za-z0-9._~/-]*\\{id}[A-Za-z0-9._~/-]*")) {
      throw new InvalidSettingException(
          "cloakroom.upstream.fetch-path",
          "is not a path with {id} in it",
          "Set it to the vendor's path, such as " + ModelsLab.FETCH_PATH + ".");
    }
    keys = List.copyOf(keys);
  }

  /** Where the vendor has the state of an image. */
  String address(ImageId id) {
    return base() + fetchPath.replace("{id}", UriUtils.encode(id.value(), StandardCharsets.UTF_8));
  }

  /** The path of all these addresses, with {@code {id}} in it. */
  String pathTemplate() {
    return URI.create(base()).getRawPath() + fetchPath;
  }

  /** The base URL without a slash at its end. */
  String base() {
    return StringUtils.trimTrailingCharacter(baseUrl.toString(), '/');
  }
}
