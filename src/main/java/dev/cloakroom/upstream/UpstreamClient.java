package dev.cloakroom.upstream;

import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.image.Requester;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.upstream.key.KeyAttempts;
import dev.cloakroom.upstream.key.KeyAttempts.Next;
import dev.cloakroom.upstream.key.KeyPool;
import dev.cloakroom.upstream.key.NamedKey;
import dev.cloakroom.upstream.modelslab.InconclusiveReplies;
import dev.cloakroom.upstream.modelslab.ModelsLab;
import dev.cloakroom.upstream.modelslab.UpstreamException;
import dev.cloakroom.upstream.modelslab.UpstreamReply;
import dev.cloakroom.upstream.resilience.Attempt;
import dev.cloakroom.upstream.resilience.CallPolicy;
import dev.cloakroom.upstream.resilience.Deadline;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;
import org.springframework.util.unit.DataSize;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.BodyInserters;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Mono;

/** Fetches images from the vendor; the only class that ever sends a key. */
@Component
public class UpstreamClient {

  private record Fetched(Image image, UpstreamReply reply) {}

  private static final int LARGEST_REPLY = (int) DataSize.ofMegabytes(1).toBytes();

  private final WebClient vendor;
  private final UpstreamProperties settings;
  private final KeyPool keys;
  private final CallPolicy callPolicy;
  private final InconclusiveReplies inconclusiveReplies;

  UpstreamClient(
      WebClient vendor,
      UpstreamProperties settings,
      KeyPool keys,
      CallPolicy callPolicy,
      InconclusiveReplies inconclusiveReplies) {
    this.vendor = vendor;
    this.settings = settings;
    this.keys = keys;
    this.callPolicy = callPolicy;
    this.inconclusiveReplies = inconclusiveReplies;
  }

  /** Time limit for a fetch. */
  public Duration timeout() {
    return settings.timeout();
  }

  /**
   * The image's state, by as few calls to the vendor as can find it out; none while its limits
   * allow none.
   *
   * @return completes within {@code cloakroom.upstream.timeout}, or fails with a {@link
   *     ProblemException}
   */
  public CompletableFuture<Image> fetch(ImageId id) {
    Deadline deadline = Deadline.in(settings.timeout());
    KeyAttempts attempts = keys.attemptsFor(id);
    Requester requester = Requester.current();
    return Mono.defer(() -> ask(requester, id, attempts, deadline))
        .retryWhen(callPolicy.retriesUntil(deadline))
        .map(fetched -> inconclusiveReplies.check(fetched.image(), fetched.reply()))
        .contextCapture()
        .toFuture()
        .thenApply(Objects::requireNonNull);
  }

  /** With one key after the other, until one has an answer about the image. */
  private Mono<Fetched> ask(
      Requester requester, ImageId id, KeyAttempts attempts, Deadline deadline) {
    NamedKey key = attempts.next();
    var attempt = new Attempt(attempts.isImageKnown(), requester);
    return callPolicy
        .call(key.name(), deadline, attempt, Mono.defer(() -> call(id, key, deadline, attempt)))
        .filter(
            fetched -> requester.call(() -> attempts.answered(key, fetched.image())) == Next.DONE)
        .onErrorResume(
            ProblemException.class,
            problem ->
                requester.call(() -> failed(attempts, key, problem)) == Next.DONE
                    ? Mono.error(problem)
                    : Mono.empty())
        .switchIfEmpty(Mono.defer(() -> ask(requester, id, attempts, deadline)));
  }

  private static Next failed(KeyAttempts attempts, NamedKey key, ProblemException problem) {
    return UpstreamException.isAmbiguous(problem)
        ? attempts.ambiguous(key, problem)
        : attempts.failed(key, problem);
  }

  private Mono<Fetched> call(ImageId id, NamedKey key, Deadline deadline, Attempt attempt) {
    Duration left = deadline.left();
    return vendor
        .post()
        .uri(settings.fetchPath(), id.value())
        .attributes(CallConvention.attributes(id, key))
        .contentType(MediaType.APPLICATION_JSON)
        .accept(MediaType.APPLICATION_JSON)
        .body(
            (request, context) -> {
              attempt.sent();
              return BodyInserters.fromValue(ModelsLab.requestBody(key.key()))
                  .insert(request, context);
            })
        .exchangeToMono(UpstreamClient::read)
        .timeout(left)
        .onErrorMap(
            failure -> UpstreamException.problemOf(failure, attempt.hadMostOf(left), keys::isKeyIn))
        .map(answer -> fetched(answer, id, key));
  }

  /** By its bytes alone, as a decoder would first believe the Content-Type. */
  private static Mono<ResponseEntity<byte[]>> read(ClientResponse response) {
    return DataBufferUtils.join(response.body(BodyExtractors.toDataBuffers()), LARGEST_REPLY)
        .map(UpstreamClient::bytesOf)
        .defaultIfEmpty(new byte[0])
        .map(
            body ->
                new ResponseEntity<>(
                    body, response.headers().asHttpHeaders(), response.statusCode()));
  }

  private Fetched fetched(ResponseEntity<byte[]> answer, ImageId id, NamedKey key) {
    try {
      var reply =
          new UpstreamReply(
              answer.getStatusCode().value(),
              answer.getHeaders(),
              Objects.requireNonNull(answer.getBody()),
              key.name(),
              keys::isKeyIn);
      return new Fetched(reply.image(id), reply);
    } catch (Error fault) {
      // Reactor would let no call end with an overflown stack, or the like.
      throw UpstreamException.problemOf(fault, true, keys::isKeyIn);
    }
  }

  private static byte[] bytesOf(DataBuffer buffer) {
    byte[] bytes = new byte[buffer.readableByteCount()];
    buffer.read(bytes);
    DataBufferUtils.release(buffer);
    return bytes;
  }
}
