package dev.cloakroom.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Vendor;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.annotation.Order;

/** A handler that refuses requests, as a check of callers will. */
@Import(HandlerChainTests.Refusing.class)
class HandlerChainTests extends ServiceTests {

  private static final String REFUSE = "X-Refuse";

  @TestConfiguration
  static class Refusing {

    @Bean
    @Order(0)
    NonBlockingHandler refusing() {
      return new NonBlockingHandler() {
        @Override
        public boolean handle(Request request, Response response, Callback callback)
            throws Exception {
          if (request.getHeaders().contains(REFUSE)) {
            int status = (int) request.getHeaders().getLongField(REFUSE);
            Response.writeError(request, response, callback, status);
            return true;
          }
          return super.handle(request, response, callback);
        }
      };
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD"})
  void refusesHits(String method) {
    String id = newId();
    vendor.answers(id, Vendor.ready(id));
    service.get("/images/" + id);

    Answer hit = service.send(method, "/images/" + id);
    Answer refused = service.send(method, "/images/" + id, REFUSE, "403");

    assertThat(hit.status()).isEqualTo(200);
    assertThat(hit.header("Cache-Status")).contains("; hit");
    assertThat(refused.status()).isEqualTo(403);
    assertThat(refused.header("Cache-Status")).doesNotContain("hit");
  }

  @Test
  void refusesMissesBeforeTheVendorIsCalled() {
    String id = newId();
    vendor.answers(id, Vendor.ready(id));

    Answer refused = service.get("/images/" + id, REFUSE, "403");

    assertThat(refused.status()).isEqualTo(403);
    assertThat(vendor.calls(id)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/images/1",
        "/images?id=1",
        "/images/1/events",
        "/images/1/0",
        "/openapi.json",
        "/"
      })
  void saysNothingOfItsOwnFailures(String path) {
    Answer failed = service.get(path, REFUSE, "500");

    assertThat(failed.problem()).isEqualTo("internal-error");
    assertThat(failed.json().path("detail").asString()).isEqualTo("Try again later.");
  }
}
