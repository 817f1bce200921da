package dev.cloakroom;

import java.util.List;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** Serves the state of queued images, fetched with a key that only this process has. */
@SpringBootApplication
@ConfigurationPropertiesScan
public class CloakroomApplication {

  /** More would only take memory, which a pod has less of than its node has processors. */
  private static final int MAX_PROCESSORS = 8;

  /** Each is the size of a pool that has a thread, and buffers, for each processor. */
  private static final List<String> POOL_SIZES =
      List.of(
          "jdk.virtualThreadScheduler.parallelism",
          "java.util.concurrent.ForkJoinPool.common.parallelism",
          "reactor.netty.ioWorkerCount",
          "reactor.schedulers.defaultPoolSize");

  /** Starts the service; settings come from Boot's usual sources. */
  public static void main(String[] args) {
    boundPools(Runtime.getRuntime().availableProcessors());
    SpringApplication.run(CloakroomApplication.class, args);
  }

  private static void boundPools(int processors) {
    if (processors > MAX_PROCESSORS) {
      POOL_SIZES.stream()
          .filter(size -> System.getProperty(size) == null)
          .forEach(size -> System.setProperty(size, Integer.toString(MAX_PROCESSORS)));
    }
  }
}
