package dev.cloakroom.access;

import dev.cloakroom.image.Requester;
import dev.cloakroom.lookup.ImageLookupProperties;
import dev.cloakroom.problem.RequestId;
import dev.cloakroom.server.Client;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Objects;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/** Has all that a request causes be done for its client. */
@Component
class ClientFilter extends OncePerRequestFilter {

  private final int trustedProxies;

  ClientFilter(ImageLookupProperties settings) {
    this.trustedProxies = settings.trustedProxies();
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    try {
      String id = Objects.requireNonNullElse(response.getHeader(RequestId.HEADER), "");
      new Requester(Client.of(request, trustedProxies), id)
          .call(
              () -> {
                chain.doFilter(request, response);
                return true;
              });
    } catch (ServletException | IOException | RuntimeException | Error failure) {
      throw failure;
    } catch (Exception impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
