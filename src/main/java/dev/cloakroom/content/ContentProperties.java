package dev.cloakroom.content;

import dev.cloakroom.settings.InvalidSettingException;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Positive;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * Settings of the pictures' bytes.
 *
 * @param directory Directory of one process alone, in which pictures are kept; by default one below
 *     the system's temporary directory.
 * @param maxSize Room that kept pictures may take; each counts for 16 KB at least, and for a
 *     100,000th of it.
 * @param maxPictureSize Size of a picture at most.
 * @param maxFetches Number of pictures that are fetched at a time.
 * @param timeout Time limit for fetching a picture, its wait for a turn included.
 * @param hosts Hosts of the vendor's links, each as host or host:port, with *. for all subdomains;
 *     the port is 443 where none is given.
 * @param privateAddresses Whether the hosts may have addresses that are not public, such as
 *     loopback or private ones.
 * @param sslBundle Name of the SSL bundle with the hosts' authorities, in place of the JVM's; read
 *     at the start.
 * @param prefetch Whether each picture is fetched as soon as its image is seen ready, before any
 *     caller asks for it.
 * @param publicUrl Address at which callers reach Cloakroom; with it, output holds our own links,
 *     such as {public-url}/images/{id}/0.
 */
@Validated
@ConfigurationProperties(prefix = "cloakroom.content", ignoreUnknownFields = false)
record ContentProperties(
    @Nullable Path directory,
    @DefaultValue("1GB") DataSize maxSize,
    @DefaultValue("32MB") DataSize maxPictureSize,
    @Positive @Max(1000) @DefaultValue("16") int maxFetches,
    @DurationMin(seconds = 1) @DefaultValue("30s") Duration timeout,
    @DefaultValue({
          "*.modelslab.com",
          "*.stablediffusionapi.com",
          "*.r2.dev",
          "*.s3.amazonaws.com",
          "*.cloudfront.net"
        })
        List<String> hosts,
    @DefaultValue("false") boolean privateAddresses,
    @Nullable String sslBundle,
    @DefaultValue("false") boolean prefetch,
    @Nullable URI publicUrl,
    @DefaultValue S3 s3) {

  /**
   * Settings of the store that replicas share.
   *
   * @param bucket Bucket of an S3-compatible store in which replicas share the pictures that they
   *     fetch.
   * @param prefix Beginning of the names of all objects; services that share a bucket need
   *     different ones.
   * @param region Region of the bucket, where it is not the one of the environment.
   * @param endpoint Address of the store, where it is not Amazon's.
   * @param pathStyle Whether a request names the bucket in its path and not in its host.
   */
  record S3(
      @Nullable String bucket,
      @Nullable String prefix,
      @Nullable String region,
      @Nullable URI endpoint,
      @DefaultValue("false") boolean pathStyle) {

    private static final Pattern BUCKET = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{2,254}");
    private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9._/-]{0,200}");
    private static final Pattern ENDPOINT = Pattern.compile("https?://[^/?#@\\s]+/?");

    /** Refuses what no store has. */
    S3 {
      if (bucket != null && !BUCKET.matcher(bucket).matches()) {
        throw new InvalidSettingException(
            "cloakroom.content.s3.bucket",
            "is no name of a bucket",
            "Set it to a name such as images, or leave it out.");
      }
      if (prefix != null && !PREFIX.matcher(prefix).matches()) {
        throw new InvalidSettingException(
            "cloakroom.content.s3.prefix",
            "has other characters than letters, digits and . _ / -",
            "Set it to the beginning of all names, such as cloakroom/.");
      }
      if (endpoint != null && !ENDPOINT.matcher(endpoint.toString()).matches()) {
        throw new InvalidSettingException(
            "cloakroom.content.s3.endpoint",
            "is not an http or https URL of a host alone",
            "Set it to the store's address, such as https://s3.example.com.");
      }
    }
  }

  private static final long LARGEST = DataSize.ofGigabytes(1).toBytes();
  private static final Pattern PUBLIC_URL = Pattern.compile("https?://[^/?#@\\s]+(/[^?#\\s]*)?");

  /** Refuses what fits no other setting. */
  ContentProperties {
    hosts = List.copyOf(hosts);
    if (maxPictureSize.toBytes() < 1 || maxPictureSize.toBytes() > LARGEST) {
      throw new InvalidSettingException(
          "cloakroom.content.max-picture-size",
          "is not between 1B and 1GB",
          "Set it to a size such as 32MB.");
    }
    if (maxSize.compareTo(maxPictureSize) < 0) {
      throw new InvalidSettingException(
          "cloakroom.content.max-size",
          "is smaller than cloakroom.content.max-picture-size",
          "Set it to the room for many pictures, such as 1GB.");
    }
    if (publicUrl != null && !PUBLIC_URL.matcher(publicUrl.toString()).matches()) {
      throw new InvalidSettingException(
          "cloakroom.content.public-url",
          "is not an absolute http or https URL without user, query and fragment",
          "Set it to the address at which callers reach Cloakroom, such as"
              + " https://images.example.com.");
    }
  }
}
