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
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.support.Netty4HeadersAdapter;
import org.springframework.stereotype.Component;
import org.springframework.util.unit.DataSize;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;

/** Fetches images from the vendor; the only class that ever sends a key. */
@Component
public class UpstreamClient {

  private record Fetch(
      ImageId id,
      KeyAttempts attempts,
      Deadline deadline,
      Requester requester,
      CallObserver.Calls calls) {}

  private record Fetched(Image image, UpstreamReply reply) {}

  private record Answer(int code, HttpHeaders headers, Body body) {

    /** By its bytes alone, as a decoder would first believe the Content-Type. */
    private static Mono<Answer> read(HttpClientResponse response, ByteBufFlux parts) {
      var headers = new HttpHeaders(new Netty4HeadersAdapter(response.responseHeaders()));
      return parts
          .collect(Body::new, Body::add)
          .map(body -> new Answer(response.status().code(), headers, body));
    }
  }

  private static final class Body extends ByteArrayOutputStream {

    private static final DataSize LIMIT = DataSize.ofMegabytes(1);

    private void add(ByteBuf part) {
      if (size() + part.readableBytes() > LIMIT.toBytes()) {
        throw new DataBufferLimitException("the answer has more than 1 MB");
      }
      writeBytes(ByteBufUtil.getBytes(part));
    }
  }

  private final HttpClient.RequestSender vendor;
  private final CallObserver observer;
  private final UpstreamProperties settings;
  private final KeyPool keys;
  private final CallPolicy callPolicy;
  private final InconclusiveReplies inconclusiveReplies;

  UpstreamClient(
      HttpClient vendor,
      CallObserver observer,
      UpstreamProperties settings,
      KeyPool keys,
      CallPolicy callPolicy,
      InconclusiveReplies inconclusiveReplies) {
    this.vendor = vendor.post();
    this.observer = observer;
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
    Fetch fetch =
        new Fetch(
            id,
            keys.attemptsFor(id),
            Deadline.in(settings.timeout()),
            Requester.current(),
            observer.of(id));
    return callPolicy
        .retry(Mono.defer(() -> ask(fetch)), fetch.deadline())
        .map(fetched -> inconclusiveReplies.check(fetched.image(), fetched.reply()))
        .toFuture()
        .thenApply(Objects::requireNonNull);
  }

  /** With one key after the other, until one has an answer about the image. */
  private Mono<Fetched> ask(Fetch fetch) {
    KeyAttempts attempts = fetch.attempts();
    Requester requester = fetch.requester();
    NamedKey key = attempts.next();
    var attempt = new Attempt(attempts.isImageKnown(), requester);
    return callPolicy
        .call(key.name(), fetch.deadline(), attempt, Mono.defer(() -> call(fetch, key, attempt)))
        .filter(
            fetched -> requester.call(() -> attempts.answered(key, fetched.image())) == Next.DONE)
        .onErrorResume(
            ProblemException.class,
            problem ->
                requester.call(() -> failed(attempts, key, problem)) == Next.DONE
                    ? Mono.error(problem)
                    : Mono.empty())
        .switchIfEmpty(Mono.defer(() -> ask(fetch)));
  }

  private static Next failed(KeyAttempts attempts, NamedKey key, ProblemException problem) {
    return UpstreamException.isAmbiguous(problem)
        ? attempts.ambiguous(key, problem)
        : attempts.failed(key, problem);
  }

  private Mono<Fetched> call(Fetch fetch, NamedKey key, Attempt attempt) {
    Duration left = fetch.deadline().left();
    return post(attempt, fetch.id(), key, fetch.calls().begin(key))
        // With a description of its own, Reactor would ask each operator for its name.
        .timeout(left, Mono.error(() -> new TimeoutException("no answer within " + left)))
        .onErrorMap(
            failure -> UpstreamException.problemOf(failure, attempt.hadMostOf(left), keys::isKeyIn))
        .map(answer -> fetched(answer, fetch.id(), key));
  }

  private Mono<Answer> post(Attempt attempt, ImageId id, NamedKey key, CallObserver.Call observed) {
    return vendor
        .uri(settings.address(id))
        .send(
            (_, request) -> {
              attempt.sent();
              byte[] body = ModelsLab.requestBody(key.key());
              return request.send(Mono.just(Unpooled.wrappedBuffer(body)));
            })
        .response((response, parts) -> Answer.read(response, parts))
        .next()
        .doOnNext(answer -> observed.answered(answer.code()))
        .doOnError(observed::failed)
        .doOnCancel(observed::cancelled);
  }

  private Fetched fetched(Answer answer, ImageId id, NamedKey key) {
    try {
      var reply =
          new UpstreamReply(
              answer.code(),
              answer.headers(),
              answer.body().toByteArray(),
              key.name(),
              keys::isKeyIn);
      return new Fetched(reply.image(id), reply);
    } catch (Error fault) {
      // Reactor would let no call end with an overflown stack, or the like.
      throw UpstreamException.problemOf(fault, true, keys::isKeyIn);
    }
  }
}
