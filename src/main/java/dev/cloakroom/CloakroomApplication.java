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
          "reactor.schedulers.defaultPoolSize");

  /** By itself at least 4: one or two processors would only switch between them. */
  private static final String EVENT_LOOPS = "reactor.netty.ioWorkerCount";

  /** Jetty would ask JMX, whose first use loads 3 MB, the JDK's flight recorder among them. */
  private static final String REFERENCES_PER_CACHE_LINE =
      "org.eclipse.jetty.util.referencesPerCacheLine";

  /** Starts the service; settings come from Boot's usual sources. */
  public static void main(String[] args) {
    boundPools(Runtime.getRuntime().availableProcessors());
    setUnlessSet(REFERENCES_PER_CACHE_LINE, 16);
    SpringApplication.run(CloakroomApplication.class, args);
  }

  private static void boundPools(int processors) {
    setUnlessSet(EVENT_LOOPS, Math.min(processors, MAX_PROCESSORS));
    if (processors > MAX_PROCESSORS) {
      POOL_SIZES.forEach(size -> setUnlessSet(size, MAX_PROCESSORS));
    }
  }

  private static void setUnlessSet(String property, int value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, Integer.toString(value));
    }
  }
}
