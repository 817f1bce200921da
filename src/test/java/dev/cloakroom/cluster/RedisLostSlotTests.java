package dev.cloakroom.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/** Replicas that are read while a Redis Cluster has lost a master that nobody stands in for. */
class RedisLostSlotTests {

  private static final Duration LOSS = Duration.ofSeconds(8);

  private static RedisNodes redis;
  private static SharingReplicas replicas;
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();

  @BeforeAll
  static void startAll() {
    redis = RedisNodes.cluster(0);
    replicas = new SharingReplicas(Map.of("spring.data.redis.cluster.nodes", redis.addresses()));
  }

  @AfterAll
  static void endAll() {
    if (replicas != null) {
      replicas.close();
    }
    if (redis != null) {
      redis.close();
    }
  }

  @BeforeEach
  void listenToLog() {
    var loggers = (LoggerContext) LoggerFactory.getILoggerFactory();
    log.setContext(loggers);
    log.start();
    loggers.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(log);
  }

  @AfterEach
  void listenNoMore() {
    ((LoggerContext) LoggerFactory.getILoggerFactory())
        .getLogger(Logger.ROOT_LOGGER_NAME)
        .detachAppender(log);
  }

  static Stream<Arguments> losses() {
    return Stream.of(
        loss("hanging", RedisNode::hang, RedisNode::goOn),
        loss("killed", RedisNode::kill, RedisNode::startAgain));
  }

  private static Arguments loss(String name, Consumer<RedisNode> begin, Consumer<RedisNode> end) {
    return Arguments.argumentSet(name, begin, end);
  }

  @ParameterizedTest
  @MethodSource("losses")
  void sharesWhatTheOthersHave(Consumer<RedisNode> begin, Consumer<RedisNode> end) {
    RedisNode lost = redis.otherMasterThan(redis.masterOf(SharingReplicas.GROUP_KEY));
    BitSet lostSlots = RedisNodes.slotsOf(lost);
    var otherSlots = new BitSet();
    otherSlots.set(0, 16_384);
    otherSlots.andNot(lostSlots);
    replicas.awaitSharing(() -> SharingReplicas.newIdWithin(otherSlots));
    log.list.clear();
    double failuresBefore = failures();
    long start = System.nanoTime();

    List<List<Boolean>> samples;
    List<Readers.Read> reads;
    try (var readers =
        new Readers(
            replicas.all(), () -> SharingReplicas.newIdWithin(lostSlots), SharingReplicas::newId)) {
      begin.accept(lost);
      samples = sampleSharing();
      await().atMost(Duration.ofMinutes(1)).until(() -> readers.reads().size() >= 60);
      reads = readers.reads();
    }
    double failures = failures() - failuresBefore;
    Duration time = Duration.ofNanos(System.nanoTime() - start);
    String lostId = SharingReplicas.newIdWithin(lostSlots);
    replicas.askAll(lostId);
    replicas.awaitSharing(() -> SharingReplicas.newIdWithin(otherSlots));
    List<String> warnings = warnings();
    end.accept(lost);
    redis.awaitWhole();

    assertThat(reads).allMatch(Readers.Read::hasState);
    assertThat(samples).allSatisfy(states -> assertThat(changes(states)).isLessThanOrEqualTo(1));
    assertThat(warnings).hasSizeLessThanOrEqualTo(replicas.all().size());
    assertThat(replicas.vendor().calls(lostId)).hasSize(3);
    // A few until it is skipped, and then one each second, at each replica.
    assertThat(failures).isLessThanOrEqualTo(3 * (6 + time.toSeconds()));
    replicas.awaitSharing(() -> SharingReplicas.newIdWithin(lostSlots));
  }

  /** Whether each replica says that it shares, again and again. */
  private static List<List<Boolean>> sampleSharing() {
    List<List<Boolean>> samples =
        replicas.all().stream().map(_ -> (List<Boolean>) new ArrayList<Boolean>()).toList();
    long start = System.nanoTime();
    await()
        .pollInterval(Duration.ofMillis(100))
        .atMost(LOSS.multipliedBy(4))
        .until(
            () -> {
              IntStream.range(0, samples.size())
                  .forEach(i -> samples.get(i).add(replicas.all().get(i).shares()));
              return System.nanoTime() - start > LOSS.toNanos();
            });
    return samples;
  }

  private static long changes(List<Boolean> states) {
    return IntStream.range(1, states.size())
        .filter(i -> !states.get(i).equals(states.get(i - 1)))
        .count();
  }

  private static double failures() {
    return replicas.all().stream()
        .mapToDouble(r -> r.metric("cloakroom_cluster_redis_seconds_count{outcome=\"failure\"}"))
        .sum();
  }

  /** What an operator would read. */
  private List<String> warnings() {
    return List.copyOf(log.list).stream()
        .filter(event -> event.getLevel().isGreaterOrEqual(Level.INFO))
        .filter(
            event -> event.getLoggerName().matches("(dev\\.cloakroom\\.cluster|io\\.lettuce).*"))
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }
}
