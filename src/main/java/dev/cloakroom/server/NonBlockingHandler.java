package dev.cloakroom.server;

import org.eclipse.jetty.server.Handler;

/**
 * A handler ahead of the servlets: answers a request, or delegates to the next handler, and never
 * blocks the thread that has read the request.
 *
 * <p>{@link HandlerChain} orders these beans by {@link org.springframework.core.annotation.Order}.
 */
public abstract class NonBlockingHandler extends Handler.Wrapper {

  @Override
  public final InvocationType getInvocationType() {
    return InvocationType.NON_BLOCKING;
  }
}
