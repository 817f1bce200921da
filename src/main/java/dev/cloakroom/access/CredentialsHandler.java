package dev.cloakroom.access;

import dev.cloakroom.server.NonBlockingHandler;
import dev.cloakroom.server.RedactedRequest;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

/** Takes secrets and signatures off requests, so that nothing behind it can log or answer them. */
@Component
@Order(CredentialsHandler.ORDER)
final class CredentialsHandler extends NonBlockingHandler {

  /** After hits, which read neither. */
  static final int ORDER = 1_100;

  private final Callers callers;

  CredentialsHandler(Callers callers) {
    this.callers = callers;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    if (callers.isEverybody()) {
      return super.handle(request, response, callback);
    }
    String query = SignedLink.without(request.getHttpURI().getQuery());
    return super.handle(new RedactedRequest(request, query), response, callback);
  }
}
