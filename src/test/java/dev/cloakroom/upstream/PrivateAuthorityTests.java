package dev.cloakroom.upstream;

import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import dev.cloakroom.CloakroomApplication;
import dev.cloakroom.settings.InvalidSettingException;
import dev.cloakroom.testsupport.Caller;
import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.Canary;
import dev.cloakroom.testsupport.Vendor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** The whole service at a vendor whose certificate only an SSL bundle can vouch for. */
class PrivateAuthorityTests {

  private static final String PEM = "spring.ssl.bundle.pem.private.";
  private static final String JKS = "spring.ssl.bundle.jks.private.";

  @TempDir static Path directory;

  private static PrivateAuthority authority;

  private WireMockServer vendor;

  @BeforeAll
  static void makeAuthority() {
    authority = PrivateAuthority.in(directory);
  }

  @AfterEach
  void stop() {
    if (vendor != null) {
      vendor.stop();
    }
  }

  @Test
  void asksVendorThatTheBundleVouchesFor() {
    listen("server", false);

    Answer answer = ask(trusted());

    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
  }

  @Test
  void sendsNoKeyToVendorThatNobodyVouchesFor() {
    listen("server", false);

    Answer answer = ask(Map.of());

    assertRefused(answer);
  }

  @Test
  void sendsNoKeyToVendorOfAnotherName() {
    listen("other", false);

    Answer answer = ask(trusted());

    assertRefused(answer);
  }

  @Test
  void provesItselfByTheKeyOfTheBundle() {
    listen("server", true);

    Answer answer =
        ask(
            Map.of(
                "cloakroom.upstream.ssl-bundle",
                "private",
                JKS + "keystore.location",
                authority.keyStore("client").toString(),
                JKS + "keystore.password",
                PrivateAuthority.PASSWORD,
                JKS + "truststore.location",
                authority.trustStore().toString(),
                JKS + "truststore.password",
                PrivateAuthority.PASSWORD));

    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
  }

  @Test
  void isRefusedWithoutKeyByVendorThatAsksForOne() {
    listen("server", true);

    Answer answer = ask(trusted());

    assertRefused(answer);
  }

  @Test
  void doesNotStartWithBundleThatIsNotThere() {
    listen("server", false);

    assertThatThrownBy(() -> ask(Map.of("cloakroom.upstream.ssl-bundle", "misspelt")))
        .hasRootCauseInstanceOf(InvalidSettingException.class)
        .rootCause()
        .hasMessage("cloakroom.upstream.ssl-bundle names no SSL bundle.");
  }

  @Test
  void doesNotStartWithBundleThatCannotBeRead() throws IOException {
    listen("server", false);
    Path garbage = Files.writeString(directory.resolve("garbage.crt"), "no certificate");

    assertThatThrownBy(
            () ->
                ask(
                    Map.of(
                        "cloakroom.upstream.ssl-bundle",
                        "private",
                        PEM + "truststore.certificate",
                        garbage.toString())))
        .hasRootCauseInstanceOf(InvalidSettingException.class)
        .rootCause()
        .hasMessageStartingWith("cloakroom.upstream.ssl-bundle names an SSL bundle");
  }

  private static Map<String, String> trusted() {
    return Map.of(
        "cloakroom.upstream.ssl-bundle",
        "private",
        PEM + "truststore.certificate",
        authority.certificate().toString());
  }

  private void listen(String certificate, boolean asksForOne) {
    WireMockConfiguration options =
        options()
            .bindAddress("127.0.0.1")
            .httpDisabled(true)
            .dynamicHttpsPort()
            .keystoreType("PKCS12")
            .keystorePath(authority.keyStore(certificate).toString())
            .keystorePassword(PrivateAuthority.PASSWORD)
            .keyManagerPassword(PrivateAuthority.PASSWORD)
            .needClientAuth(asksForOne)
            .trustStoreType("PKCS12")
            .trustStorePath(authority.trustStore().toString())
            .trustStorePassword(PrivateAuthority.PASSWORD);
    vendor = new WireMockServer(options);
    vendor.start();
    vendor.stubFor(post(anyUrl()).willReturn(Vendor.json(Vendor.ready("12202888"))));
  }

  private Answer ask(Map<String, String> settings) {
    try (ConfigurableApplicationContext service = start(settings)) {
      int port = service.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
      return new Caller(port).get("/images/12202888");
    }
  }

  private ConfigurableApplicationContext start(Map<String, String> settings) {
    Map<String, Object> all =
        new HashMap<>(
            Map.of(
                "cloakroom.upstream.base-url",
                "https://127.0.0.1:" + vendor.httpsPort(),
                "cloakroom.upstream.retry-budget",
                "0",
                "CLOAKROOM_API_KEY",
                Canary.KEY,
                "logging.config",
                "classpath:canary-logback.xml"));
    all.putAll(settings);
    // As defaults, which Spring does not log.
    return new SpringApplicationBuilder(CloakroomApplication.class)
        .properties(all)
        .run("--server.port=0", "--management.server.port=0");
  }

  private void assertRefused(Answer answer) {
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.problem()).isEqualTo("upstream-unavailable");
    assertThat(vendor.getAllServeEvents()).isEmpty();
  }
}
