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
            Response.writeError(request, response, callback, 404);
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
    Answer refused = service.send(method, "/images/" + id, REFUSE, "yes");

    assertThat(hit.status()).isEqualTo(200);
    assertThat(hit.header("Cache-Status")).contains("; hit");
    assertThat(refused.status()).isEqualTo(404);
    assertThat(refused.header("Cache-Status")).doesNotContain("hit");
  }

  @Test
  void refusesMissesBeforeTheVendorIsCalled() {
    String id = newId();
    vendor.answers(id, Vendor.ready(id));

    Answer refused = service.get("/images/" + id, REFUSE, "yes");

    assertThat(refused.status()).isEqualTo(404);
    assertThat(vendor.calls(id)).isEmpty();
  }
}
