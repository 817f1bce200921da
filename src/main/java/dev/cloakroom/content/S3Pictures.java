package dev.cloakroom.content;

import dev.cloakroom.image.ImageId;
import dev.cloakroom.image.Requester;
import dev.cloakroom.lookup.TimeLimit;
import dev.cloakroom.settings.InvalidSettingException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Shares pictures through an S3-compatible store: an object for each, with its hash. */
final class S3Pictures implements SharedPictures, DisposableBean {

  private static final Logger log = LoggerFactory.getLogger(S3Pictures.class);

  private static final String HASH = "sha256";
  private static final int MAX_CALLS = 8;
  private static final int MAX_PENDING = 256;

  /** For the store's silence; and for all of a picture's bytes. */
  private static final Duration RESPONSE_TIMEOUT = Duration.ofSeconds(2);

  private static final Duration READ_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration WRITE_TIMEOUT = Duration.ofSeconds(60);

  /** After a failure, no call is made for so long. */
  private static final Duration BACK_OFF = Duration.ofSeconds(10);

  /** A read under way; its outcome is held until all who wait have got it. */
  private record Read(PictureId id, CompletableFuture<@Nullable OpenPicture> outcome) {}

  private final ConcurrentHashMap<PictureId, Read> reads = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<PictureId, Picture> writes = new ConcurrentHashMap<>();
  private final S3Client s3;
  private final String bucket;
  private final String prefix;
  private final PictureDirectory directory;
  private final ContentMetrics metrics;
  private final ThreadPoolExecutor calls =
      new ThreadPoolExecutor(
          MAX_CALLS,
          MAX_CALLS,
          1,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(MAX_PENDING),
          Thread.ofVirtual().name("s3-", 1).factory());
  private volatile @Nullable String fault;
  private volatile long nextCall = System.nanoTime();

  S3Pictures(
      S3Client s3,
      ContentProperties.S3 settings,
      PictureDirectory directory,
      ContentMetrics metrics) {
    this.s3 = s3;
    this.bucket = String.valueOf(settings.bucket());
    this.prefix = Objects.requireNonNullElse(settings.prefix(), "");
    this.directory = directory;
    this.metrics = metrics;
    calls.allowCoreThreadTimeOut(true);
  }

  /** Makes one call for each request, with credentials by the SDK's default chain. */
  static S3Client client(ContentProperties.S3 settings) {
    S3ClientBuilder builder =
        S3Client.builder()
            .httpClientBuilder(
                UrlConnectionHttpClient.builder()
                    .connectionTimeout(RESPONSE_TIMEOUT)
                    .socketTimeout(RESPONSE_TIMEOUT))
            .overrideConfiguration(
                calls ->
                    calls
                        .apiCallTimeout(WRITE_TIMEOUT)
                        .retryStrategy(retries -> retries.maxAttempts(1)))
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
            .forcePathStyle(settings.pathStyle());
    if (settings.endpoint() != null) {
      builder.endpointOverride(settings.endpoint());
    }
    if (settings.region() != null) {
      builder.region(Region.of(settings.region()));
    } else if (settings.endpoint() != null) {
      // What most stores that are not Amazon's take for theirs.
      builder.region(Region.US_EAST_1);
    }
    try {
      return builder.build();
    } catch (SdkClientException _) {
      throw new InvalidSettingException(
          "cloakroom.content.s3.region",
          "is not set, and the environment has no region either",
          "Set it to the region of the bucket, such as eu-central-1.");
    }
  }

  private String key(PictureId id) {
    return prefix + id;
  }

  @Override
  public boolean isShared() {
    return true;
  }

  @Override
  public CompletableFuture<@Nullable OpenPicture> find(PictureId id) {
    if (isBackingOff()) {
      return CompletableFuture.completedFuture(null);
    }
    var mine = new Read(id, new CompletableFuture<>());
    Read others = reads.putIfAbsent(id, mine);
    if (others == null) {
      call("read", () -> read(mine), () -> end(mine, null));
    }
    CompletableFuture<@Nullable OpenPicture> copy =
        (others == null ? mine : others).outcome().copy();
    return TimeLimit.set(copy, READ_TIMEOUT, TimeoutException::new)
        .handle((picture, _) -> picture != null && picture.retain() ? picture : null);
  }

  private void read(Read read) throws IOException {
    if (isBackingOff()) {
      end(read, null);
      return;
    }
    long deadline = System.nanoTime() + READ_TIMEOUT.toNanos();
    try (ResponseInputStream<GetObjectResponse> in =
            s3.getObject(request -> request.bucket(bucket).key(key(read.id())));
        Spool spool = directory.spool()) {
      try {
        Long length = in.response().contentLength();
        spool.expect(length == null ? -1 : length);
        spool.expect(in.response().metadata().getOrDefault(HASH, "none"));
        copy(in, spool, deadline);
        try (OpenPicture picture = keep(spool, read)) {
          end(read, picture);
        }
      } catch (IOException | RuntimeException failure) {
        // What is left would be read to its end otherwise.
        in.abort();
        throw failure;
      }
    } catch (NoSuchKeyException _) {
      end(read, null);
    }
  }

  /** Not where it is purged meanwhile. */
  private OpenPicture keep(Spool spool, Read read) {
    var kept = new AtomicReference<@Nullable OpenPicture>();
    reads.computeIfPresent(
        read.id(),
        (id, current) -> {
          if (current.equals(read)) {
            kept.set(directory.finish(spool, id, true));
          }
          return current;
        });
    OpenPicture picture = kept.get();
    return picture == null ? directory.finish(spool, read.id(), false) : picture;
  }

  private boolean isBackingOff() {
    return System.nanoTime() - nextCall < 0;
  }

  private static void copy(InputStream in, Spool spool, long deadline) throws IOException {
    byte[] buffer = new byte[64 * 1024];
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      spool.write(ByteBuffer.wrap(buffer, 0, read));
      if (System.nanoTime() - deadline > 0) {
        throw new IOException("not read within " + READ_TIMEOUT);
      }
    }
  }

  private void end(Read read, @Nullable OpenPicture picture) {
    reads.remove(read.id(), read);
    read.outcome().complete(picture);
  }

  @Override
  public void store(Picture picture) {
    PictureId id = picture.id();
    if (isBackingOff() || !directory.contains(id) || writes.putIfAbsent(id, picture) != null) {
      return;
    }
    call("write", () -> write(picture), () -> writes.remove(id));
  }

  private void write(Picture picture) {
    PictureId id = picture.id();
    if (!writes.containsKey(id)) {
      return;
    }
    s3.putObject(
        request ->
            request
                .bucket(bucket)
                .key(key(id))
                .contentType(picture.type().mediaType())
                .metadata(Map.of(HASH, picture.sha256())),
        RequestBody.fromFile(directory.path(picture)));
    if (!writes.remove(id, picture)) {
      // It was purged meanwhile.
      s3.deleteObject(request -> request.bucket(bucket).key(key(id)));
    }
  }

  @Override
  public void evict(ImageId image) {
    reads.keySet().removeIf(id -> id.image().equals(image));
    writes.keySet().removeIf(id -> id.image().equals(image));
  }

  @Override
  public void remove(ImageId image) {
    call(
        "removal",
        () ->
            s3
                .listObjectsV2Paginator(
                    request -> request.bucket(bucket).prefix(prefix + image + "/"))
                .contents()
                .stream()
                .map(S3Object::key)
                .forEach(key -> s3.deleteObject(request -> request.bucket(bucket).key(key))),
        () -> {});
  }

  /** A call to the store. */
  private interface Call {
    void run() throws IOException;
  }

  private void call(String what, Call call, Runnable failed) {
    Requester requester = Requester.current();
    try {
      calls.execute(() -> requester.run(() -> run(what, call, failed)));
    } catch (RejectedExecutionException full) {
      failed(what, full);
      failed.run();
    }
  }

  private void run(String what, Call call, Runnable failed) {
    try {
      call.run();
      fault = null;
    } catch (Throwable failure) {
      // An Error, too: else those who wait would do so for their whole time.
      failed(what, failure);
      failed.run();
    }
  }

  private void failed(String what, Throwable failure) {
    metrics.sharedFailed();
    if (!(failure instanceof ContentRefused)) {
      nextCall = System.nanoTime() + BACK_OFF.toNanos();
    }
    if (fault == null) {
      log.warn(
          "A {} of bucket {} failed; continuing without it: {}", what, bucket, failure.toString());
    }
    fault = "%s failed: %s".formatted(what, failure);
  }

  @Override
  public @Nullable String fault() {
    return fault;
  }

  @Override
  public void destroy() {
    calls.shutdownNow();
  }
}
