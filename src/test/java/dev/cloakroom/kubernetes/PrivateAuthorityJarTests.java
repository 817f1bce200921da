package dev.cloakroom.kubernetes;

import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.WireMockServer;
import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.Canary;
import dev.cloakroom.testsupport.Jar;
import dev.cloakroom.testsupport.Vendor;
import dev.cloakroom.upstream.PrivateAuthority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged jar with the environment of the chart's pods, at a vendor behind an authority. */
class PrivateAuthorityJarTests {

  @TempDir Path directory;

  @Test
  void trustsTheAuthorityThatTheChartMounts() throws IOException {
    PrivateAuthority authority = PrivateAuthority.in(directory);
    WireMockServer vendor = listen(authority);
    Jar jar = Jar.start(commandOfThePod(vendor));

    try {
      jar.awaitStart();
      Answer answer = jar.service().get("/images/12202888");
      assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    } finally {
      jar.process().destroyForcibly();
      vendor.stop();
    }
  }

  /** With the directories of its mounts in this test's. */
  private ProcessBuilder commandOfThePod(WireMockServer vendor) throws IOException {
    Files.writeString(
        Files.createDirectories(directory.resolve("keys")).resolve("first"), Canary.KEY);
    Files.createDirectories(directory.resolve("upstream-ca"));
    Files.copy(directory.resolve("ca.crt"), directory.resolve("upstream-ca/ca.crt"));
    ProcessBuilder command =
        Jar.command(
            "--server.port=0",
            "--management.server.port=0",
            "--cloakroom.upstream.base-url=https://127.0.0.1:" + vendor.httpsPort());
    Chart.render("upstream: {ca: {existingConfigMap: company-ca}}")
        .container()
        .at("/env")
        .forEach(
            variable ->
                command
                    .environment()
                    .put(
                        variable.at("/name").asString(),
                        variable
                            .at("/value")
                            .asString()
                            .replace("/etc/cloakroom", directory.toString())));
    return command;
  }

  private static WireMockServer listen(PrivateAuthority authority) {
    var vendor =
        new WireMockServer(
            options()
                .bindAddress("127.0.0.1")
                .httpDisabled(true)
                .dynamicHttpsPort()
                .keystoreType("PKCS12")
                .keystorePath(authority.keyStore("server").toString())
                .keystorePassword(PrivateAuthority.PASSWORD)
                .keyManagerPassword(PrivateAuthority.PASSWORD));
    vendor.start();
    vendor.stubFor(post(anyUrl()).willReturn(Vendor.json(Vendor.ready("12202888"))));
    return vendor;
  }
}
