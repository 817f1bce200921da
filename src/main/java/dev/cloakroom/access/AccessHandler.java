package dev.cloakroom.access;

import dev.cloakroom.server.Client;
import dev.cloakroom.server.NonBlockingHandler;
import java.time.InstantSource;
import java.util.List;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.internal.ResponseHttpFields.PersistentHttpField;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

/**
 * Lets only requests pass that have a caller's secret or a signed link, where there are callers.
 *
 * <p>Every path is closed that is not plainly outside {@code /images}, however it is spelt.
 */
@Component
@Order(AccessHandler.ORDER)
final class AccessHandler extends NonBlockingHandler {

  /** Before hits, and after the answers to preflights. */
  static final int ORDER = 200;

  private static final String IMAGES = "/images";

  /** Plain names without dot segments, the first of which is another. */
  private static final Pattern OUTSIDE =
      Pattern.compile(
          "(?i)/(?!images(?:/|$))(?:[a-z0-9_-][a-z0-9._-]*/)*(?:[a-z0-9_-][a-z0-9._-]*)?");

  private static final String BEARER = "Bearer ";

  /** Survives where the answer becomes a problem. */
  private static final HttpField NO_REFERRER =
      new PersistentHttpField(new PreEncodedHttpField("Referrer-Policy", "no-referrer"));

  private final Callers callers;
  private final AccessMetrics metrics;
  private final InstantSource clock;

  AccessHandler(Callers callers, AccessMetrics metrics, InstantSource clock) {
    this.callers = callers;
    this.metrics = metrics;
    this.clock = clock;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    if (callers.isEverybody() || isOutside(request.getHttpURI().getPath())) {
      return super.handle(request, response, callback);
    }
    List<String> authorizations = request.getHeaders().getValuesList(HttpHeader.AUTHORIZATION);
    SignedLink link = SignedLink.of(request.getHttpURI().getQuery());
    if (link != null) {
      response.getHeaders().put(NO_REFERRER);
    }
    boolean hasSecret = authorizations.stream().anyMatch(AccessHandler::isBearer);
    if (!hasSecret && link == null) {
      return refuse(401, request, response, callback);
    }
    String caller = hasSecret ? callerOf(authorizations) : callerOf(link, request);
    if (caller == null) {
      return refuse(403, request, response, callback);
    }
    metrics.countAllowed(caller);
    request.setAttribute(Client.CALLER, caller);
    return super.handle(request, response, callback);
  }

  private static boolean isOutside(@Nullable String path) {
    return path != null && !path.startsWith(IMAGES) && OUTSIDE.matcher(path).matches();
  }

  private static boolean isBearer(String authorization) {
    return authorization.regionMatches(true, 0, BEARER, 0, BEARER.length());
  }

  /** Whose secret it is; nobody's, where there are several. */
  private @Nullable String callerOf(List<String> authorizations) {
    return authorizations.size() == 1
        ? callers.findBySecret(authorizations.getFirst().substring(BEARER.length()).strip())
        : null;
  }

  private @Nullable String callerOf(@Nullable SignedLink link, Request request) {
    String path = request.getHttpURI().getPath();
    return link != null && path != null && link.opens(path, clock.instant(), callers)
        ? link.caller()
        : null;
  }

  private boolean refuse(int status, Request request, Response response, Callback callback) {
    metrics.countRefused(status == 401 ? AccessMetrics.UNAUTHENTICATED : AccessMetrics.FORBIDDEN);
    Response.writeError(request, response, callback, status);
    return true;
  }
}
