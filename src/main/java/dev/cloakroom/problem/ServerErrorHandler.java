package dev.cloakroom.problem;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** Renders what Jetty refuses before any servlet sees it, in place of its HTML page. */
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

  private static void write(
      ProblemException problem, Request request, Response response, Callback callback) {
    response.reset();
    response.setStatus(problem.problem().status().value());
    ProblemResponse.headers(problem).forEach(response.getHeaders()::put);
    byte[] body = ProblemResponse.body(problem, request.getHttpURI().getPath());
    response.write(true, ByteBuffer.wrap(body), callback);
  }
}
