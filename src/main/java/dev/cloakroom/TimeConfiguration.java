package dev.cloakroom;

import com.github.benmanes.caffeine.cache.Ticker;
import java.time.InstantSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

/** The one home of clocks and timers. */
@Configuration(proxyBeanMethods = false)
class TimeConfiguration {

  @Bean
  Ticker ticker() {
    return Ticker.systemTicker();
  }

  @Bean
  InstantSource clock() {
    return InstantSource.system();
  }

  /** For fetches, deadlines and heartbeats: one thread, as no task takes long. */
  @Bean
  TaskScheduler timer() {
    var timer = new ThreadPoolTaskScheduler();
    timer.setThreadNamePrefix("timer-");
    timer.setDaemon(true);
    timer.setRemoveOnCancelPolicy(true);
    // Callers who come while the service stops are still answered.
    timer.setAcceptTasksAfterContextClose(true);
    return timer;
  }
}
