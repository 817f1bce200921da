package dev.cloakroom.access;

import dev.cloakroom.server.NonBlockingHandler;
import java.util.List;
import java.util.ListIterator;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.CrossOriginHandler;
import org.eclipse.jetty.server.internal.ResponseHttpFields.Persistent;
import org.eclipse.jetty.server.internal.ResponseHttpFields.PersistentHttpField;
import org.eclipse.jetty.util.Callback;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

/** Lets pages of the listed origins read answers (CORS); answers preflights before the check. */
@Component
@Order(OriginsHandler.ORDER)
final class OriginsHandler extends NonBlockingHandler {

  /** Before anything that may refuse a request. */
  static final int ORDER = 100;

  private static final String ANY = "*";

  private final List<String> origins;

  OriginsHandler(AccessProperties settings) {
    this.origins = settings.origins();
  }

  /** Puts Jetty's own handler before the next one, where there are origins. */
  @Override
  public void setHandler(Handler next) {
    super.setHandler(origins.isEmpty() ? next : before(next));
  }

  private Handler before(Handler next) {
    var handler = new CrossOriginHandler();
    handler.setAllowedOriginPatterns(
        origins.contains(ANY)
            ? Set.of(ANY)
            : origins.stream().map(Pattern::quote).collect(Collectors.toSet()));
    // Cookies mean nothing here; secrets are sent by the page itself.
    handler.setAllowCredentials(false);
    handler.setAllowedMethods(Set.of("GET", "HEAD"));
    handler.setAllowedHeaders(
        Set.of(
            "Accept",
            "Authorization",
            "Cache-Control",
            "If-None-Match",
            "Last-Event-ID",
            "Prefer",
            "X-Request-Id"));
    handler.setExposedHeaders(
        Set.of("ETag", "Retry-After", "Cache-Status", "X-Request-Id", "RateLimit"));
    handler.setHandler(new KeepHeadersHandler(next));
    return handler;
  }

  /** Has the headers so far survive where the answer becomes a problem. */
  private static final class KeepHeadersHandler extends Handler.Wrapper {

    private KeepHeadersHandler(Handler next) {
      super(next);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
      ListIterator<HttpField> fields = response.getHeaders().listIterator();
      while (fields.hasNext()) {
        HttpField field = fields.next();
        if (!(field instanceof Persistent)) {
          fields.set(new PersistentHttpField(field));
        }
      }
      return super.handle(request, response, callback);
    }
  }
}
