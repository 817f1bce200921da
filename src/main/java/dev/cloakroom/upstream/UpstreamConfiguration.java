package dev.cloakroom.upstream;

import dev.cloakroom.upstream.key.KeyPool;
import dev.cloakroom.upstream.key.KeySource;
import dev.cloakroom.upstream.reply.Doubts;
import io.netty.channel.ChannelOption;
import java.time.Duration;
import java.time.InstantSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/** Makes the HTTP client for one kind of call: to the vendor, with a key in hand. */
@Configuration(proxyBeanMethods = false)
class UpstreamConfiguration {

  /** Shorter than a load balancer's, so that a call seldom meets a connection that was closed. */
  private static final Duration LONGEST_IDLE = Duration.ofSeconds(30);

  @Bean
  InstantSource clock() {
    return InstantSource.system();
  }

  @Bean
  KeySource keySource(UpstreamProperties settings) {
    return new KeySource(settings.keys(), settings.keyDirectory());
  }

  @Bean
  KeyPool keyPool(KeySource source, UpstreamProperties settings, InstantSource clock) {
    return new KeyPool(source.read(), settings.refusedKeyRetry(), clock);
  }

  @Bean
  Doubts doubts(UpstreamProperties settings, InstantSource clock) {
    return new Doubts(settings.patience(), clock);
  }

  @Bean(destroyMethod = "dispose")
  ConnectionProvider upstreamConnections(UpstreamProperties settings) {
    return ConnectionProvider.builder("upstream")
        .maxConnections(settings.maxConnections())
        .pendingAcquireMaxCount(settings.maxPending())
        .pendingAcquireTimeout(settings.connectTimeout())
        .maxIdleTime(LONGEST_IDLE)
        .build();
  }

  @Bean
  WebClient upstreamWebClient(
      WebClient.Builder builder, UpstreamProperties settings, ConnectionProvider connections) {
    HttpClient http =
        HttpClient.create(connections)
            .option(
                ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) settings.connectTimeout().toMillis())
            .responseTimeout(settings.responseTimeout())
            .followRedirect(false)
            .compress(true);
    return builder
        .baseUrl(settings.base())
        .defaultHeader("User-Agent", "cloakroom")
        .clientConnector(new ReactorClientHttpConnector(http))
        .build();
  }
}
