package dev.cloakroom.server;

import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** A request that a handler answers later, without a servlet. */
public record Exchange(Request request, Response response, Callback callback) {}
