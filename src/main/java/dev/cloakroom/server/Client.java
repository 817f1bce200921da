package dev.cloakroom.server;

import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.stream.Stream;
import org.eclipse.jetty.ee11.servlet.ServletContextRequest;
import org.eclipse.jetty.server.Request;

/** Whom a request comes from: a caller who is known by name, or else an address. */
public final class Client {

  /** Attribute of a {@link CallerRequest}. */
  static final String CALLER = "dev.cloakroom.caller";

  private static final int MAX_LENGTH = 64;

  private Client() {}

  /**
   * The caller's name; without one the connection's address, or what the outermost of our own
   * proxies has seen: anybody may write what stands further left in {@code X-Forwarded-For}.
   *
   * @param trustedProxies that each append one address
   */
  public static String of(Request request, int trustedProxies) {
    return request.getAttribute(CALLER) instanceof String caller
        ? "caller " + caller
        : addressOf(request, trustedProxies);
  }

  /** The same, behind the servlets. */
  public static String of(HttpServletRequest request, int trustedProxies) {
    return of(ServletContextRequest.getServletContextRequest(request), trustedProxies);
  }

  private static String addressOf(Request request, int trustedProxies) {
    List<String> hops =
        trustedProxies == 0
            ? List.of()
            : request.getHeaders().getValuesList("X-Forwarded-For").stream()
                .flatMap(value -> Stream.of(value.split(",", -1)))
                .map(String::strip)
                .toList();
    if (trustedProxies == 0 || hops.size() < trustedProxies) {
      return Request.getRemoteAddr(request);
    }
    String address = hops.get(hops.size() - trustedProxies);
    return address.isEmpty() || address.length() > MAX_LENGTH
        ? Request.getRemoteAddr(request)
        : address;
  }
}
