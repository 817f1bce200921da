package dev.cloakroom.server;

import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** A request of a caller who is known by name; Jetty's attributes would cost each hit a map. */
public final class CallerRequest extends Request.Wrapper {

  private final String caller;

  /** With the caller's name. */
  public CallerRequest(Request request, String caller) {
    super(request);
    this.caller = caller;
  }

  @Override
  public @Nullable Object getAttribute(String name) {
    return name.equals(Client.CALLER) ? caller : super.getAttribute(name);
  }
}
