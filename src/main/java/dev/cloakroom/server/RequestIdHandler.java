package dev.cloakroom.server;

import dev.cloakroom.problem.RequestId;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.internal.ResponseHttpFields.PersistentHttpField;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

/**
 * Takes over the ids that callers give their requests.
 *
 * <p>A request without one gets it where it is found to be no hit: hits log nothing, and would pay
 * for it.
 */
@Component
@Order(RequestIdHandler.ORDER)
public final class RequestIdHandler extends NonBlockingHandler {

  /** Before anything that may answer. */
  static final int ORDER = 50;

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    String sent = idOf(request);
    if (sent != null) {
      put(sent, response);
    } else if (!isRead(request.getMethod())) {
      put(RequestId.create(), response);
    }
    return super.handle(request, response, callback);
  }

  /** Whether it may be a hit. */
  private static boolean isRead(String method) {
    return HttpMethod.GET.is(method) || HttpMethod.HEAD.is(method);
  }

  /** The id that the answer has; it gets the caller's own, or a new one, where it has none yet. */
  public static String assign(Request request, Response response) {
    String known = response.getHeaders().get(RequestId.HEADER);
    if (known != null) {
      return known;
    }
    String sent = idOf(request);
    String id = sent == null ? RequestId.create() : sent;
    put(id, response);
    return id;
  }

  /** None where it is not valid, or one of several. */
  private static @Nullable String idOf(Request request) {
    String found = null;
    for (HttpField field : request.getHeaders()) {
      if (field.is(RequestId.HEADER)) {
        if (found != null) {
          return null;
        }
        found = field.getValue() == null ? "" : field.getValue();
      }
    }
    return found != null && RequestId.isValid(found) ? found : null;
  }

  /** Survives where the answer becomes a problem. */
  private static void put(String id, Response response) {
    response.getHeaders().put(new PersistentHttpField(new HttpField(RequestId.HEADER, id)));
  }
}
