package dev.cloakroom.server;

import dev.cloakroom.problem.RequestId;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.internal.ResponseHttpFields.Persistent;
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
      response.getHeaders().add(new HttpField(RequestId.HEADER, sent));
    } else if (!isRead(request.getMethod())) {
      assign(request, response);
    }
    return super.handle(request, response, callback);
  }

  /** Whether it may be a hit. */
  private static boolean isRead(String method) {
    return HttpMethod.GET.is(method) || HttpMethod.HEAD.is(method);
  }

  /**
   * The id of an answer that is no hit: the caller's own, or a new one. It survives where the
   * answer becomes a problem.
   */
  public static String assign(Request request, Response response) {
    HttpField known = response.getHeaders().getField(RequestId.HEADER);
    if (known instanceof Persistent) {
      return known.getValue();
    }
    String sent = idOf(request);
    String id = sent == null ? RequestId.create() : sent;
    response.getHeaders().put(new PersistentHttpField(new HttpField(RequestId.HEADER, id)));
    return id;
  }

  /** The caller's own; none where it is not valid, or one of several. */
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
}
