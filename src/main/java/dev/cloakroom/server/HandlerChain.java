package dev.cloakroom.server;

import java.util.List;
import org.eclipse.jetty.server.Handler;

/**
 * The handlers ahead of the servlets, in their order; the last gives a request its virtual thread.
 */
record HandlerChain(List<NonBlockingHandler> handlers) {

  /** The first handler; the last one delegates to the servlets. */
  Handler before(Handler servlets) {
    var last = new VirtualThreadHandler();
    last.setHandler(servlets);
    Handler next = last;
    for (NonBlockingHandler handler : handlers.reversed()) {
      handler.setHandler(next);
      next = handler;
    }
    return next;
  }
}
