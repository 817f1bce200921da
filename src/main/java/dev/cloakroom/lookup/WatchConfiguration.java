package dev.cloakroom.lookup;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

/** Makes the timer of looks, deadlines and heartbeats: one thread, as none of them takes long. */
@Configuration(proxyBeanMethods = false)
class WatchConfiguration {

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
