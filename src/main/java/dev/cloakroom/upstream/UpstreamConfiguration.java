package dev.cloakroom.upstream;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.cloakroom.cluster.SharedCooldowns;
import dev.cloakroom.cluster.SharedRate;
import dev.cloakroom.upstream.key.KeyPool;
import dev.cloakroom.upstream.key.KeyReloader;
import dev.cloakroom.upstream.key.KeySource;
import dev.cloakroom.upstream.modelslab.InconclusiveReplies;
import dev.cloakroom.upstream.resilience.Breaker;
import dev.cloakroom.upstream.resilience.CallPolicy;
import dev.cloakroom.upstream.resilience.RateLimiter;
import dev.cloakroom.upstream.resilience.RetryPolicy;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import java.time.Duration;
import java.time.InstantSource;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.logging.AbstractHttpMessageLogFactory;
import reactor.netty.http.logging.HttpMessageArgProvider;
import reactor.netty.resources.ConnectionProvider;

/** Makes the HTTP client for one kind of call: to the vendor, with a key in hand. */
@Configuration(proxyBeanMethods = false)
class UpstreamConfiguration {

  /** Names what came and quotes nothing of it: the vendor may echo a key anywhere. */
  private static final class UnquotedMessages extends AbstractHttpMessageLogFactory {

    @Override
    public String common(HttpMessageArgProvider message) {
      return message.httpMessageType().name();
    }
  }

  /** Shorter than a load balancer's, so that a call seldom meets a connection that was closed. */
  private static final Duration MAX_IDLE = Duration.ofSeconds(30);

  @Bean
  KeySource keySource(UpstreamProperties settings) {
    return new KeySource(settings.keys(), settings.keyDirectory());
  }

  @Bean
  KeyPool keyPool(
      KeySource source,
      UpstreamProperties settings,
      InstantSource clock,
      Ticker ticker,
      SharedCooldowns cooldowns) {
    return new KeyPool(source.read(), settings.rejectedKeyRetry(), clock, ticker, cooldowns);
  }

  @Bean(initMethod = "start")
  KeyReloader keyReloader(KeySource source, KeyPool keys) {
    return new KeyReloader(source, keys);
  }

  @Bean
  CallPolicy callPolicy(
      UpstreamProperties settings,
      InstantSource clock,
      SharedCooldowns cooldowns,
      SharedRate rate) {
    var breaker = new Breaker(settings.responseTimeout().dividedBy(2), clock, cooldowns);
    return new CallPolicy(
        new RateLimiter(settings.rate(), clock, rate),
        breaker,
        new RetryPolicy(settings.retryBudget(), breaker));
  }

  @Bean
  InconclusiveReplies inconclusiveReplies(UpstreamProperties settings, InstantSource clock) {
    return new InconclusiveReplies(settings.inconclusiveTimeout(), clock);
  }

  @Bean(destroyMethod = "dispose")
  ConnectionProvider upstreamConnections(UpstreamProperties settings, MeterRegistry meters) {
    return ConnectionProvider.builder("upstream")
        .maxConnections(settings.maxConnections())
        .pendingAcquireMaxCount(settings.maxPending())
        .pendingAcquireTimeout(settings.timeout())
        .maxIdleTime(MAX_IDLE)
        .metrics(true, () -> new UpstreamMetrics.Calls(meters))
        .build();
  }

  @Bean
  HttpClient upstreamHttpClient(
      UpstreamProperties settings, ConnectionProvider connections, SslBundles bundles) {
    HttpClient http =
        HttpClient.create(connections)
            .option(
                ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) settings.connectTimeout().toMillis())
            .responseTimeout(settings.responseTimeout())
            .headers(
                headers ->
                    headers
                        .set(HttpHeaderNames.USER_AGENT, "cloakroom")
                        .set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON)
                        .set(HttpHeaderNames.ACCEPT, HttpHeaderValues.APPLICATION_JSON))
            .followRedirect(false)
            // It would print requests, keys and all.
            .wiretap(false)
            .httpMessageLogFactory(new UnquotedMessages())
            .compress(true);
    return new UpstreamTls(bundles).secure(ResponseFraming.on(http), settings.sslBundle());
  }
}
