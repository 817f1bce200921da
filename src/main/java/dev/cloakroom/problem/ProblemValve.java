package dev.cloakroom.problem;

import java.io.IOException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Renders what Tomcat refuses before any servlet sees it, in place of its HTML page. */
public class ProblemValve extends ErrorReportValve {

  private static final Logger log = LoggerFactory.getLogger(ProblemValve.class);

  /** For Tomcat, which makes its error valve by name. */
  public ProblemValve() {}

  @Override
  protected void report(Request request, Response response, @Nullable Throwable thrown) {
    int status = response.getStatus();
    if (status < 400 || response.getContentWritten() > 0 || !response.setErrorReported()) {
      return;
    }
    try {
      ProblemResponse.write(Problem.of(status).exception(), request, response);
      response.finishResponse();
    } catch (IOException | IllegalStateException gone) {
      log.debug("No one was left to tell about status {}", status, gone);
    }
  }
}
