package dev.cloakroom.cache;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.cloakroom.cache.ImageCache.Entry;
import dev.cloakroom.image.ImageId;
import java.util.List;
import org.springframework.cache.CacheManager;
import org.springframework.cache.caffeine.CaffeineCacheManager;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Makes the cache, and shows it to Boot under the name {@code images}: metrics, and a purge. */
@Configuration(proxyBeanMethods = false)
class CacheConfiguration {

  @Bean
  Ticker ticker() {
    return Ticker.systemTicker();
  }

  @Bean
  AsyncCache<ImageId, Entry> images(ImageCacheProperties settings, Ticker ticker) {
    return Caffeine.newBuilder()
        .maximumSize(settings.maximumSize())
        .expireAfter(Expiry.creating((ImageId _, Entry entry) -> entry.freshness()))
        .ticker(ticker)
        .recordStats()
        .buildAsync();
  }

  @Bean
  @SuppressWarnings("unchecked")
  CacheManager cacheManager(AsyncCache<ImageId, Entry> images) {
    var manager = new CaffeineCacheManager();
    manager.setCacheNames(List.of());
    manager.registerCustomCache("images", (AsyncCache<Object, Object>) (AsyncCache<?, ?>) images);
    return manager;
  }
}
