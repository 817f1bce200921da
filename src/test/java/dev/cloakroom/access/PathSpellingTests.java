package dev.cloakroom.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Caller;
import dev.cloakroom.testsupport.Canary;
import dev.cloakroom.testsupport.MountedSecret;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Vendor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** Without a secret, no spelling of a path leads to an image. */
class PathSpellingTests extends ServiceTests {

  private static final MountedSecret files =
      new MountedSecret(Map.of("shop", Canary.CALLER_SECRET));

  @DynamicPropertySource
  static void callers(DynamicPropertyRegistry properties) {
    properties.add("cloakroom.access.caller-directory", () -> files.directory().toString());
  }

  @Override
  protected String[] credentials() {
    return new String[] {"Authorization", "Bearer " + Canary.CALLER_SECRET};
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/images/ID",
        "/images/ID?",
        "/images/ID#fragment",
        "/images/ID/",
        "/images//ID",
        "//images/ID",
        "///images///ID",
        "/images/ID//",
        "/./images/ID",
        "/images/./ID",
        "/images/ID/.",
        "/images/ID/..",
        "/images/ID/../ID",
        "/other/../images/ID",
        "/other/..;/images/ID",
        "/..;/images/ID",
        "/.;/images/ID",
        "/%2e/images/ID",
        "/%2e%2e/images/ID",
        "/other/%2e%2e/images/ID",
        "/other%2f..%2fimages/ID",
        "/images%2fID",
        "/images%2FID",
        "/images%252fID",
        "/images%5cID",
        "/images\\ID",
        "\\images\\ID",
        "/%69mages/ID",
        "/i%6dages/ID",
        "/%2569mages/ID",
        "/images/%31ID",
        "/images/ID%20",
        "/images/ID%00",
        "/images;x/ID",
        "/images;/ID",
        "/images/ID;x",
        "/images/ID;x=1/events",
        "/;x/images/ID",
        ";/images/ID",
        "/Images/ID",
        "/IMAGES/ID",
        "/images/ID/events",
        "/images/ID/Events",
        "/other/images/ID",
        "/images/ID/0",
        "/images/ID.json",
        "/images?id=ID",
        "/images;x?id=ID",
        "/images/?id=ID",
        "/%u0069mages/ID",
        "/images/\u00e9ID",
        "http://localhost/images/ID",
        "HTTP://localhost//images/ID",
        "http://localhost/other/../images/ID",
        "http://localhost/%69mages/ID",
        "http:/images/ID",
        "images/ID",
        "*",
        "?/images/ID"
      })
  void leadsToNoStateAndNoCall(String spelling) {
    String known = newId();
    String unknown = newId();
    vendor.answers(known, Vendor.ready(known));
    vendor.answers(unknown, Vendor.ready(unknown));
    assertThat(service.get("/images/" + known).status()).isEqualTo(200);
    int calls = vendor.calls();

    for (String method : List.of("GET", "HEAD", "OPTIONS")) {
      for (String id : List.of(known, unknown)) {
        String answer =
            new Caller(port)
                .sendRaw(
                    method
                        + " "
                        + spelling.replace("ID", id)
                        + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        assertThat(answer)
            .matches("(?s)HTTP/1\\.1 (400|401|404|405|414) .*")
            .doesNotContain("\"success\"", "cdn.example", "ETag", "; hit", "fwd=");
      }
    }
    assertThat(vendor.calls()).isEqualTo(calls);
  }
}
