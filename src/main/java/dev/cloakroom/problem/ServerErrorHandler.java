package dev.cloakroom.problem;

import java.nio.ByteBuffer;
import java.util.Map;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** Renders problems without a servlet, and what Jetty refuses, in place of its HTML page. */
class ServerErrorHandler implements Request.Handler {

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    int status =
        request.getAttribute(ErrorHandler.ERROR_EXCEPTION) instanceof HttpException refusal
            ? refusal.getCode()
            : response.getStatus();
    write(Problem.of(status).exception(), request, response, callback);
    return true;
  }

  /** Replaces whatever was prepared; the answer must not be committed yet. */
  static void write(
      ProblemException exception, Request request, Response response, Callback callback) {
    String id = response.getHeaders().get(RequestId.HEADER);
    response.reset();
    response.setStatus(exception.problem().status().value());
    ProblemResponse.headers(exception).forEach(response.getHeaders()::put);
    byte[] body = ProblemResponse.body(exception, request.getHttpURI().getPath(), id, Map.of());
    response.write(true, ByteBuffer.wrap(body), callback);
  }
}
