package dev.cloakroom.api;

import dev.cloakroom.cache.CacheMode;
import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.image.Requester;
import dev.cloakroom.lookup.ImageLookupProperties;
import dev.cloakroom.lookup.ImageMetrics;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.problem.ProblemHandler;
import dev.cloakroom.server.Client;
import dev.cloakroom.server.Exchange;
import dev.cloakroom.server.RequestIdHandler;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.springframework.core.annotation.Order;
import org.springframework.core.convert.converter.Converter;
import org.springframework.stereotype.Component;

/** Answers plain requests that are no hits, on no thread until the fetch ends. */
@Component
@Order(FetchHandler.ORDER)
final class FetchHandler extends PlainRequestHandler {

  /** After hits, and after credentials are taken off. */
  static final int ORDER = HitHandler.ORDER + 200;

  private final Converter<String, ImageId> ids;
  private final PendingResponses pending;
  private final ImageMetrics metrics;
  private final RequestMetrics requests;
  private final ProblemHandler exit;
  private final int trustedProxies;

  FetchHandler(
      Converter<String, ImageId> ids,
      PendingResponses pending,
      ImageMetrics metrics,
      RequestMetrics requests,
      ProblemHandler exit,
      ImageLookupProperties settings) {
    this.ids = ids;
    this.pending = pending;
    this.metrics = metrics;
    this.requests = requests;
    this.exit = exit;
    this.trustedProxies = settings.trustedProxies();
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    ImageId id = imageOf(request);
    if (id == null) {
      return super.handle(request, response, callback);
    }
    var timing = new ServerTiming();
    var exchange = new Exchange(request, response, callback);
    var requester =
        new Requester(
            Client.of(request, trustedProxies), RequestIdHandler.assign(request, response));
    CompletableFuture<FoundImage> found = requester.call(() -> find(id));
    boolean isLater = !found.isDone();
    if (isLater) {
      // The fetch has a time limit of its own.
      request.addIdleTimeoutListener(_ -> false);
    }
    var _ =
        found.whenComplete(
            (image, failure) -> {
              Runnable answer = () -> requester.run(() -> answer(exchange, timing, image, failure));
              if (isLater && !hasCausedFetch(image)) {
                Thread.startVirtualThread(answer);
              } else {
                answer.run();
              }
            });
    return true;
  }

  private CompletableFuture<FoundImage> find(ImageId id) {
    try {
      ids.convert(id.value());
      return pending.find(id, CacheMode.DEFAULT);
    } catch (RuntimeException refusal) {
      return CompletableFuture.failedFuture(refusal);
    }
  }

  /** Then it is answered on the thread that brings the image; others may be many. */
  private static boolean hasCausedFetch(@Nullable FoundImage found) {
    return found != null && found.fetchTime() != null;
  }

  private void answer(
      Exchange exchange,
      ServerTiming timing,
      @Nullable FoundImage found,
      @Nullable Throwable failure) {
    try {
      int status = found == null ? sendProblem(exchange, failure) : send(exchange, timing, found);
      requests.record(exchange.request().getMethod(), status, timing.elapsed());
    } catch (Throwable fault) {
      Response.writeError(exchange.request(), exchange.response(), exchange.callback(), fault);
    }
  }

  private int send(Exchange exchange, ServerTiming timing, FoundImage found) {
    metrics.count(found);
    timing.addTo(exchange.response().getHeaders()::put, found);
    try {
      return send(found, exchange.request(), exchange.response(), exchange.callback());
    } catch (ProblemException missing) {
      return sendProblem(exchange, missing);
    }
  }

  private int sendProblem(Exchange exchange, @Nullable Throwable failure) {
    return exit.handle(failure, exchange.request(), exchange.response(), exchange.callback());
  }
}
