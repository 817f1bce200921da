package dev.cloakroom.api;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/** The address by which the callers of a client are counted. */
final class ClientAddress {

  private static final int MAX_LENGTH = 64;

  private ClientAddress() {}

  /**
   * The connection's address, or what the outermost of our own proxies has seen: anybody may write
   * what stands further left in {@code X-Forwarded-For}.
   *
   * @param trustedProxies that each append one address
   */
  static String of(HttpServletRequest request, int trustedProxies) {
    List<String> hops =
        trustedProxies == 0
            ? List.of()
            : Collections.list(request.getHeaders("X-Forwarded-For")).stream()
                .flatMap(value -> Stream.of(value.split(",", -1)))
                .map(String::strip)
                .toList();
    if (trustedProxies == 0 || hops.size() < trustedProxies) {
      return request.getRemoteAddr();
    }
    String address = hops.get(hops.size() - trustedProxies);
    return address.isEmpty() || address.length() > MAX_LENGTH ? request.getRemoteAddr() : address;
  }
}
