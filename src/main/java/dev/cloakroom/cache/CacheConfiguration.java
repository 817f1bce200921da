package dev.cloakroom.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.image.OutputLinks;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.List;
import org.springframework.cache.CacheManager;
import org.springframework.cache.caffeine.CaffeineCacheManager;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Fallback;

/** Makes the cache, and shows it to Boot under the name {@code images}: metrics, and a purge. */
@Configuration(proxyBeanMethods = false)
class CacheConfiguration {

  @Bean
  @Fallback
  OutputLinks vendorLinks() {
    return OutputLinks.VENDORS;
  }

  @Bean
  Cache<ImageId, CachedImage> images(
      ImageCacheProperties settings, Freshness freshness, Ticker ticker) {
    return Caffeine.newBuilder()
        .executor(Runnable::run)
        .maximumWeight(settings.maxSize().toBytes())
        .weigher((ImageId _, CachedImage known) -> known.weight())
        .expireAfter(
            Expiry.writing(
                (ImageId _, CachedImage known) -> remembered(known, freshness, ticker.read())))
        .ticker(ticker)
        .recordStats()
        .build();
  }

  /** Fresh time and stale window count from when the state was learned, not from failed fetches. */
  private static Duration remembered(CachedImage known, Freshness freshness, long now) {
    return known.freshness().plus(freshness.staleFor(known.image())).minus(known.age(now));
  }

  @Bean
  @SuppressWarnings("unchecked")
  CacheManager cacheManager(Cache<ImageId, CachedImage> images) {
    var manager = new CaffeineCacheManager();
    manager.setCacheNames(List.of());
    manager.registerCustomCache("images", (Cache<Object, Object>) (Cache<?, ?>) images);
    return manager;
  }

  @Bean
  MeterBinder cacheBytes(Cache<ImageId, CachedImage> images) {
    return meters ->
        Gauge.builder(
                "cloakroom.cache.bytes",
                images,
                cache ->
                    cache
                        .policy()
                        .eviction()
                        .map(eviction -> eviction.weightedSize().orElse(0))
                        .orElse(0L))
            .description("Memory that remembered images take, as estimated")
            .baseUnit("bytes")
            .register(meters);
  }
}
