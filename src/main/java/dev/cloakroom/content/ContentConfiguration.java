package dev.cloakroom.content;

import dev.cloakroom.image.OutputLinks;
import dev.cloakroom.settings.InvalidSettingException;
import io.netty.resolver.AddressResolverGroup;
import java.net.URI;
import java.time.Duration;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.support.BeanDefinitionRegistryPostProcessor;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.HttpRedirects;
import org.springframework.boot.http.client.reactive.ClientHttpConnectorBuilder;
import org.springframework.boot.ssl.NoSuchSslBundleException;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Fallback;
import org.springframework.core.env.Environment;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.netty.http.client.HttpClient;
import software.amazon.awssdk.services.s3.S3Client;

/** Makes the HTTP client for the vendor's links, which shares nothing with that for its API. */
@Configuration(proxyBeanMethods = false)
class ContentConfiguration {

  private static final String BUNDLE = "cloakroom.content.ssl-bundle";
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration READ_TIMEOUT = Duration.ofSeconds(10);

  /**
   * A connection for each picture, as bytes that follow one must not pass for the next.
   *
   * @param resolver of names, where it is not Netty's
   */
  @Bean
  PictureClient pictureClient(
      ContentProperties settings,
      FileHosts hosts,
      SslBundles bundles,
      ObjectProvider<AddressResolverGroup<?>> resolver) {
    HttpClient http =
        HttpClient.newConnection()
            .keepAlive(false)
            .wiretap(false)
            .doOnChannelInit((_, channel, _) -> channel.pipeline().addFirst(hosts.guard()));
    AddressResolverGroup<?> names = resolver.getIfAvailable();
    HttpClient resolving = names == null ? http : http.resolver(names);
    HttpClientSettings defaults =
        HttpClientSettings.defaults()
            .withRedirects(HttpRedirects.DONT_FOLLOW)
            .withTimeouts(CONNECT_TIMEOUT, READ_TIMEOUT)
            .withSslBundle(bundle(bundles, settings.sslBundle()));
    WebClient web =
        WebClient.builder()
            .defaultHeader("User-Agent", "cloakroom")
            .clientConnector(connector(resolving, defaults))
            .build();
    return new PictureClient(web, hosts);
  }

  /** Our own links, where there is an address for them. */
  @Bean
  OutputLinks outputLinks(ContentProperties settings) {
    URI address = settings.publicUrl();
    if (address == null) {
      return OutputLinks.VENDORS;
    }
    String base = address.toString().replaceFirst("/+$", "") + "/images/";
    return image ->
        IntStream.range(0, image.output().size())
            .mapToObj(i -> URI.create(base + new PictureId(image.id(), i)))
            .toList();
  }

  /**
   * Removes the beans of S3's client, where nothing is shared: a condition would be settled when
   * the image is built.
   */
  @Bean
  static BeanDefinitionRegistryPostProcessor sharesOnlyWithBucket(Environment environment) {
    return registry -> {
      if (!Binder.get(environment).bind("cloakroom.content.s3.bucket", String.class).isBound()) {
        Stream.of(registry.getBeanDefinitionNames())
            .filter(name -> name.startsWith("s3"))
            .forEach(registry::removeBeanDefinition);
      }
    };
  }

  @Bean
  S3Client s3Client(ContentProperties settings) {
    return S3Pictures.client(settings.s3());
  }

  @Bean
  S3Pictures s3Pictures(
      S3Client s3Client,
      ContentProperties settings,
      PictureDirectory directory,
      ContentMetrics metrics) {
    return new S3Pictures(s3Client, settings.s3(), directory, metrics);
  }

  @Bean
  @Fallback
  SharedPictures noSharedPictures() {
    return SharedPictures.none();
  }

  private static ClientHttpConnector connector(HttpClient http, HttpClientSettings settings) {
    try {
      return ClientHttpConnectorBuilder.reactor()
          .withHttpClientFactory(() -> http)
          .withoutHttpClientDefaults()
          .build(settings);
    } catch (IllegalStateException _) {
      // Without the message, which may quote a malformed key.
      throw InvalidSettingException.unusableBundle(BUNDLE);
    }
  }

  private static @Nullable SslBundle bundle(SslBundles bundles, @Nullable String name) {
    try {
      return name == null ? null : bundles.getBundle(name);
    } catch (NoSuchSslBundleException _) {
      throw InvalidSettingException.unknownBundle(BUNDLE);
    }
  }
}
