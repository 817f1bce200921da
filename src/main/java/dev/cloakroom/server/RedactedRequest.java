package dev.cloakroom.server;

import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** A request without its Authorization header, and with another query. */
public final class RedactedRequest extends Request.Wrapper {

  /** Attribute with the query as it was sent, for an answer that sends the caller to it again. */
  public static final String QUERY = "dev.cloakroom.query";

  private final HttpURI uri;
  private final HttpFields headers;

  /** With what is left of the query, if anything is. */
  public RedactedRequest(Request request, @Nullable String query) {
    super(request);
    this.uri = HttpURI.build(request.getHttpURI()).query(query).asImmutable();
    this.headers = HttpFields.build(request.getHeaders()).remove(HttpHeader.AUTHORIZATION);
  }

  @Override
  public HttpURI getHttpURI() {
    return uri;
  }

  @Override
  public HttpFields getHeaders() {
    return headers;
  }

  @Override
  public @Nullable Object getAttribute(String name) {
    return name.equals(QUERY) ? getWrapped().getHttpURI().getQuery() : super.getAttribute(name);
  }

  /** Nothing of the request that is wrapped, as frameworks log this. */
  @Override
  public String toString() {
    return "RedactedRequest[" + getMethod() + " " + uri + "]";
  }
}
