package dev.cloakroom.server;

import dev.cloakroom.problem.RequestId;
import java.util.concurrent.ThreadFactory;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.MDC;

/** Gives each request a virtual thread of its own, which the servlets behind it may block. */
final class VirtualThreadHandler extends NonBlockingHandler {

  private final ThreadFactory threads = Thread.ofVirtual().name("request-", 1).factory();

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    threads.newThread(() -> delegate(request, response, callback)).start();
    return true;
  }

  private void delegate(Request request, Response response, Callback callback) {
    // For as long as the thread lives, which has no other request.
    MDC.put(RequestId.NAME, RequestIdHandler.assign(request, response));
    try {
      if (HttpMethod.TRACE.is(request.getMethod())) {
        // Servlets would echo the request, with whatever a proxy has put into it.
        Response.writeError(request, response, callback, 405);
      } else if (!super.handle(request, response, callback)) {
        Response.writeError(request, response, callback, 404);
      }
    } catch (Throwable fault) {
      Response.writeError(request, response, callback, fault);
    }
  }
}
