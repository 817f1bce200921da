package dev.cloakroom.content;

import dev.cloakroom.content.ContentRefused.Reason;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.problem.RetryAfter;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.timeout.ReadTimeoutException;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.client.PrematureCloseException;

/** Fetches bytes from the vendor's links; sends no key, no cookie and no trace. */
final class PictureClient {

  /** The link is dead, or not alive yet. */
  static final class Gone extends RuntimeException {

    private static final long serialVersionUID = 1;

    private Gone(int status) {
      super("the vendor's link is answered with " + status, null, false, false);
    }
  }

  /** Some stores say 403 of what is not there. */
  private static final Set<Integer> GONE = Set.of(403, 404, 410);

  /** Buffers that come before they are written. */
  private static final int PREFETCH = 4;

  /** The disk may block, and a connection's event loop must not. */
  private final Scheduler writers = Schedulers.fromExecutor(Thread::startVirtualThread);

  private final WebClient web;
  private final FileHosts hosts;

  PictureClient(WebClient web, FileHosts hosts) {
    this.web = web;
    this.hosts = hosts;
  }

  /**
   * Fills the spool with what the link leads to; blocks.
   *
   * @throws ContentRefused for what is not served
   * @throws Gone where the link is dead
   * @throws ProblemException where the host does not serve it in time, or now
   */
  void fetch(URI link, Duration limit, Spool spool) {
    hosts.check(link);
    try {
      web.get()
          .uri(link)
          .accept(MediaType.ALL)
          .header(HttpHeaders.ACCEPT_ENCODING, "identity")
          .exchangeToMono(response -> receive(response, spool))
          .timeout(limit)
          .block();
    } catch (RuntimeException failure) {
      throw meaningOf(failure);
    }
  }

  private Mono<Void> receive(ClientResponse response, Spool spool) {
    Flux<DataBuffer> body = response.body(BodyExtractors.toDataBuffers());
    try {
      checkHead(response, spool);
    } catch (RuntimeException refusal) {
      // Begun and cancelled, as it would be read to its end otherwise.
      return Flux.merge(body.doOnNext(DataBufferUtils::release), Mono.error(refusal)).then();
    }
    return body.onErrorMap(
            PrematureCloseException.class,
            _ -> new ContentRefused(Reason.LENGTH, "it is shorter than its Content-Length"))
        .publishOn(writers, PREFETCH)
        .doOnNext(buffer -> write(buffer, spool))
        .doOnDiscard(DataBuffer.class, DataBufferUtils::release)
        .then();
  }

  private static void checkHead(ClientResponse response, Spool spool) {
    HttpHeaders headers = response.headers().asHttpHeaders();
    int status = response.statusCode().value();
    if (GONE.contains(status)) {
      throw new Gone(status);
    }
    if (response.statusCode().is3xxRedirection()) {
      throw new ContentRefused(Reason.REDIRECT, "the host answers with a redirect");
    }
    if (status == 204 || status == 205) {
      throw new ContentRefused(Reason.EMPTY, "the answer has no bytes");
    }
    if (status != 200) {
      throw unavailable(new IOException("the vendor's file host answers with " + status));
    }
    String encoding = headers.getFirst(HttpHeaders.CONTENT_ENCODING);
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      throw new ContentRefused(Reason.ENCODING, "its bytes are encoded, which nobody asked for");
    }
    spool.expect(headers.getContentLength());
  }

  private static void write(DataBuffer buffer, Spool spool) {
    try (DataBuffer.ByteBufferIterator parts = buffer.readableByteBuffers()) {
      parts.forEachRemaining((ByteBuffer part) -> spool.write(part));
    } finally {
      DataBufferUtils.release(buffer);
    }
  }

  private static RuntimeException meaningOf(RuntimeException failure) {
    Throwable last = failure;
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      switch (cause) {
        case ContentRefused refused -> {
          return refused;
        }
        case Gone gone -> {
          return gone;
        }
        case ProblemException problem -> {
          return problem;
        }
        case TimeoutException _, ReadTimeoutException _, ConnectTimeoutException _ -> {
          return tooLate(cause);
        }
        default -> last = cause;
      }
    }
    return last instanceof IOException || last instanceof RuntimeException
        ? unavailable(last)
        : failure;
  }

  private static ProblemException unavailable(Throwable cause) {
    return Problem.CONTENT_UNAVAILABLE.retryAfter(RetryAfter.DEFAULT, cause);
  }

  private static ProblemException tooLate(Throwable cause) {
    return Problem.CONTENT_TIMEOUT.retryAfter(RetryAfter.DEFAULT, cause);
  }
}
