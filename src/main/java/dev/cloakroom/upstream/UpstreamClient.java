package dev.cloakroom.upstream;

import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.upstream.key.KeyPool;
import dev.cloakroom.upstream.key.NamedKey;
import dev.cloakroom.upstream.reply.Doubts;
import dev.cloakroom.upstream.reply.UpstreamException;
import dev.cloakroom.upstream.reply.UpstreamReply;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.util.unit.DataSize;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Mono;

/** Fetches images from the vendor; the only class that ever sends a key. */
@Component
public class UpstreamClient {

  private record Told(Image image, UpstreamReply reply) {}

  private static final int LARGEST_REPLY = (int) DataSize.ofMegabytes(1).toBytes();

  private final WebClient vendor;
  private final UpstreamProperties settings;
  private final KeyPool keys;
  private final Doubts doubts;
  private final UpstreamHealthIndicator health;

  UpstreamClient(
      WebClient vendor,
      UpstreamProperties settings,
      KeyPool keys,
      Doubts doubts,
      UpstreamHealthIndicator health) {
    this.vendor = vendor;
    this.settings = settings;
    this.keys = keys;
    this.doubts = doubts;
    this.health = health;
  }

  /**
   * The image's state, by one call to the vendor; none while the vendor wants to be left alone.
   *
   * @return completes within {@code cloakroom.upstream.timeout}, or fails with a {@link
   *     ProblemException}
   */
  public CompletableFuture<Image> fetch(ImageId id) {
    return Mono.fromSupplier(keys::find)
        .flatMap(key -> call(id, key))
        .contextCapture()
        .toFuture()
        .thenApply(Objects::requireNonNull);
  }

  private Mono<Image> call(ImageId id, NamedKey key) {
    return vendor
        .post()
        .uri(settings.fetchPath(), id.value())
        .contentType(MediaType.APPLICATION_JSON)
        .accept(MediaType.APPLICATION_JSON)
        .bodyValue(key.key().requestBody())
        .exchangeToMono(response -> read(response, key))
        .onErrorMap(failure -> UpstreamException.problemOf(failure, key.key()::removeFrom))
        .map(reply -> new Told(reply.image(id), reply))
        .timeout(settings.timeout())
        .onErrorMap(
            TimeoutException.class,
            late -> UpstreamException.problemOf(late, key.key()::removeFrom))
        .onErrorMap(ProblemException.class, this::heldIfOurAccountIsMeant)
        .doOnSuccess(_ -> health.answered(key))
        .doOnError(ProblemException.class, problem -> health.failed(problem, key))
        .map(told -> doubts.check(told.image(), told.reply()));
  }

  /** By its bytes alone, as a decoder would first believe the Content-Type. */
  private static Mono<UpstreamReply> read(ClientResponse response, NamedKey key) {
    return DataBufferUtils.join(response.body(BodyExtractors.toDataBuffers()), LARGEST_REPLY)
        .map(UpstreamClient::bytesOf)
        .defaultIfEmpty(new byte[0])
        .map(
            body ->
                new UpstreamReply(
                    response.statusCode().value(),
                    response.headers().asHttpHeaders(),
                    body,
                    key.name(),
                    key.key()::removeFrom));
  }

  private static byte[] bytesOf(DataBuffer buffer) {
    byte[] bytes = new byte[buffer.readableByteCount()];
    buffer.read(bytes);
    DataBufferUtils.release(buffer);
    return bytes;
  }

  private ProblemException heldIfOurAccountIsMeant(ProblemException problem) {
    return switch (problem.problem()) {
      case UPSTREAM_THROTTLED, UPSTREAM_CREDENTIALS -> keys.hold(problem);
      default -> problem;
    };
  }
}
