package dev.cloakroom.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cloakroom.settings.InvalidSettingException;
import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Vendor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.test.context.TestPropertySource;

/** Pages of all origins may read, but none with what a browser keeps of its user. */
@TestPropertySource(properties = "cloakroom.access.origins=*")
class AnyOriginTests extends ServiceTests {

  private static final String PAGE = "https://anything.example";

  @Test
  void allowsAllOriginsWithoutCredentials() {
    String id = newId();
    vendor.answers(id, Vendor.ready(id));

    for (Answer answer :
        List.of(
            service.send(
                "OPTIONS",
                "/images/" + id,
                "Origin",
                PAGE,
                "Access-Control-Request-Method",
                "GET",
                "Access-Control-Request-Headers",
                "prefer"),
            service.get("/images/" + id, "Origin", PAGE, "Cookie", "a=b"),
            service.get("/images/" + id, "Origin", PAGE))) {
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.header("Access-Control-Allow-Origin")).isIn("*", PAGE);
      assertThat(answer.headers().map()).doesNotContainKey("access-control-allow-credentials");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://shop.example.com/",
        "https://shop.example.com/page",
        "https://Shop.example.com",
        "shop.example.com",
        "https://*.example.com",
        "https://user@shop.example.com",
        "null",
        ""
      })
  void refusesWhatNoBrowserSends(String origin) {
    assertThatThrownBy(() -> new AccessProperties(null, 0, List.of(origin)))
        .isInstanceOf(InvalidSettingException.class)
        .hasMessageContaining("cloakroom.access.origins");
  }
}
