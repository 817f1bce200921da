package dev.cloakroom.problem;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.RequestMapping;

/** Brings the errors of filters and of the servlet container to the exit. */
@Controller
class ProblemController implements ErrorController {

  private final ProblemHandler exit;

  ProblemController(ProblemHandler exit) {
    this.exit = exit;
  }

  @RequestMapping("${spring.web.error.path:/error}")
  void error(HttpServletRequest request, HttpServletResponse response) throws IOException {
    exit.handle(problemOf(request), request, response);
  }

  private static ProblemException problemOf(HttpServletRequest request) {
    if (request.getDispatcherType() != DispatcherType.ERROR) {
      return Problem.NOT_FOUND.exception();
    }
    if (request.getAttribute(RequestDispatcher.ERROR_EXCEPTION) instanceof Exception thrown) {
      return ProblemHandler.problemOf(thrown);
    }
    return request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE) instanceof Integer status
        ? Problem.of(status).exception()
        : Problem.INTERNAL_ERROR.exception();
  }
}
