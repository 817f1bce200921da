package dev.cloakroom.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.cloakroom.server.CallerRequest;
import dev.cloakroom.server.NonBlockingHandler;
import java.time.InstantSource;
import java.util.List;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.server.ConnectionMetaData;
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

  /** Plain names without dot segments, each of them another: images may be below a context path. */
  private static final Pattern OUTSIDE =
      Pattern.compile(
          "(?i)(?!.*/images(?:/|$))/(?:[a-z0-9_-][a-z0-9._-]*/)*(?:[a-z0-9_-][a-z0-9._-]*)?");

  private static final String BEARER = "Bearer ";

  /** Survives where the answer becomes a problem. */
  private static final HttpField NO_REFERRER =
      new PersistentHttpField(new PreEncodedHttpField("Referrer-Policy", "no-referrer"));

  /** In place of several headers, none of which is believed then. */
  private static final HttpField SEVERAL = new HttpField(HttpHeader.AUTHORIZATION, BEARER);

  /** What the secret of a connection's last request was found to be; it never prints itself. */
  private static final class Verified {

    private static final String ATTRIBUTE = "dev.cloakroom.verified";

    private final byte[] header;
    private final List<CallerSecret> secrets;
    private final String caller;

    private Verified(byte[] header, List<CallerSecret> secrets, String caller) {
      this.header = header;
      this.secrets = secrets;
      this.caller = caller;
    }

    /** Whether it is the same header, and these very secrets. */
    @SuppressWarnings("ReferenceEquality")
    private boolean isOf(byte[] header, List<CallerSecret> secrets) {
      return secrets == this.secrets && CallerSecret.isSame(this.header, header);
    }
  }

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
    HttpField secret = bearerOf(request);
    SignedLink link = SignedLink.of(request.getHttpURI().getQuery());
    if (link != null) {
      response.getHeaders().put(NO_REFERRER);
    }
    if (secret == null && link == null) {
      return refuse(401, request, response, callback);
    }
    String caller = secret != null ? callerOf(secret, request) : callerOf(link, request);
    if (caller == null) {
      return refuse(403, request, response, callback);
    }
    metrics.countAllowed(caller);
    return super.handle(new CallerRequest(request, caller), response, callback);
  }

  private static boolean isOutside(@Nullable String path) {
    return path != null && !path.startsWith(IMAGES) && OUTSIDE.matcher(path).matches();
  }

  /** The header with a secret, if there is one; of several headers, one that is nobody's. */
  private static @Nullable HttpField bearerOf(Request request) {
    HttpField found = null;
    int count = 0;
    for (HttpField field : request.getHeaders()) {
      if (field.getHeader() == HttpHeader.AUTHORIZATION) {
        count++;
        found = isBearer(field.getValue()) ? field : found;
      }
    }
    return count > 1 && found != null ? SEVERAL : found;
  }

  private static boolean isBearer(@Nullable String authorization) {
    return authorization != null
        && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length());
  }

  /** A header that a connection repeats is only compared with the one before. */
  private @Nullable String callerOf(HttpField secret, Request request) {
    ConnectionMetaData connection = request.getConnectionMetaData();
    List<CallerSecret> secrets = callers.secrets();
    byte[] header = secret.getValue().getBytes(UTF_8);
    if (connection.getAttribute(Verified.ATTRIBUTE) instanceof Verified verified
        && verified.isOf(header, secrets)) {
      return verified.caller;
    }
    String caller =
        callers.findBySecret(secret.getValue().substring(BEARER.length()).strip(), secrets);
    if (caller != null) {
      connection.setAttribute(Verified.ATTRIBUTE, new Verified(header, secrets, caller));
    }
    return caller;
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
