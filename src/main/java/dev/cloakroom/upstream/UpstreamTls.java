package dev.cloakroom.upstream;

import dev.cloakroom.settings.InvalidSettingException;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.NoSuchSslBundleException;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.ssl.SslManagerBundle;
import org.springframework.boot.ssl.SslOptions;
import reactor.netty.http.client.HttpClient;

/** Trusts the vendor by an SSL bundle, read once, or by the authorities of the JVM. */
record UpstreamTls(SslBundles bundles) {

  private static final String SETTING = "cloakroom.upstream.ssl-bundle";

  HttpClient secure(HttpClient http, @Nullable String bundle) {
    if (bundle == null) {
      return http;
    }
    SslContext context = read(bundle);
    return http.secure(tls -> tls.sslContext(context));
  }

  private SslContext read(String name) {
    try {
      return contextOf(bundles.getBundle(name));
    } catch (NoSuchSslBundleException _) {
      throw InvalidSettingException.unknownBundle(SETTING);
    } catch (SSLException | RuntimeException _) {
      // Without Boot's own message, which quotes a malformed key.
      throw InvalidSettingException.unusableBundle(SETTING);
    }
  }

  private static SslContext contextOf(SslBundle bundle) throws SSLException {
    SslManagerBundle managers = bundle.getManagers();
    SslOptions options = bundle.getOptions();
    return SslContextBuilder.forClient()
        .keyManager(managers.getKeyManagerFactory())
        .trustManager(managers.getTrustManagerFactory())
        .ciphers(SslOptions.asSet(options.getCiphers()))
        .protocols(options.getEnabledProtocols())
        .build();
  }
}
