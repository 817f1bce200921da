package dev.cloakroom.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.cluster.SlotHash;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.util.FileSystemUtils;

/** Redis servers that stand in for each other, as processes; all of them end with it. */
final class RedisNodes implements AutoCloseable {

  private static final Duration MAX_START = Duration.ofSeconds(30);

  private final Path directory;
  private final List<RedisNode> nodes = new ArrayList<>();

  private RedisNodes() {
    try {
      directory = Files.createTempDirectory("redis");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A cluster of three masters, each with that many replicas. */
  static RedisNodes cluster(int replicas) {
    var cluster = new RedisNodes();
    try {
      cluster.createCluster(replicas);
      return cluster;
    } catch (RuntimeException | Error failure) {
      cluster.close();
      throw failure;
    }
  }

  private void createCluster(int replicas) {
    for (int i = 0; i < 3 + 3 * replicas; i++) {
      start(
          "--cluster-enabled",
          "yes",
          "--cluster-node-timeout",
          "2000",
          "--cluster-require-full-coverage",
          "no");
    }
    Stream<String> create =
        Stream.of(
                Stream.of("--cluster", "create"),
                nodes.stream().map(RedisNode::address),
                Stream.of("--cluster-yes", "--cluster-replicas", Integer.toString(replicas)))
            .flatMap(words -> words);
    assertThat(nodes.getFirst().cli(create.toArray(String[]::new))).contains("All 16384 slots");
    awaitWhole();
  }

  /** A master, its replica and three sentinels, which call it {@code images}. */
  static RedisNodes withSentinels() {
    var all = new RedisNodes();
    try {
      RedisNode master = all.start();
      all.start("--replicaof", "127.0.0.1", Integer.toString(master.port()));
      all.awaitReplicas(1);
      for (int i = 0; i < 3; i++) {
        all.startSentinel(master);
      }
      await().atMost(MAX_START).until(() -> all.sentinels().allMatch(RedisNodes::isReady));
      return all;
    } catch (RuntimeException | Error failure) {
      all.close();
      throw failure;
    }
  }

  private void startSentinel(RedisNode master) {
    try {
      Path file = Files.createTempFile(directory, "sentinel", ".conf");
      Files.writeString(
          file,
          """
          sentinel monitor images 127.0.0.1 %d 2
          sentinel down-after-milliseconds images 2000
          sentinel failover-timeout images 5000
          """
              .formatted(master.port()));
      nodes.add(new RedisNode(directory, file.toString(), "--sentinel"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Knows the two others, and the replica. */
  private static boolean isReady(RedisNode sentinel) {
    String master = sentinel.cli("--raw", "SENTINEL", "MASTER", "images");
    return master.contains("num-other-sentinels\n2") && master.contains("num-slaves\n1");
  }

  private RedisNode start(String... options) {
    Stream<String> all =
        Stream.concat(
            Arrays.stream(options),
            Stream.of("--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0"));
    var node = new RedisNode(directory, all.toArray(String[]::new));
    nodes.add(node);
    return node;
  }

  /** All of them work, and each knows so. */
  void awaitWhole() {
    await()
        .atMost(MAX_START)
        .until(
            () ->
                nodes.stream()
                    .allMatch(
                        node ->
                            node.cli("CLUSTER", "INFO").contains("cluster_slots_ok:16384")
                                && !node.cli("CLUSTER", "NODES").contains("fail")));
    awaitReplicas(nodes.size() - 3);
  }

  private void awaitReplicas(int count) {
    await()
        .atMost(MAX_START)
        .until(
            () ->
                nodes.stream()
                        .filter(node -> node.cli("INFO").contains("master_link_status:up"))
                        .count()
                    == count);
  }

  /** For {@code spring.data.redis.cluster.nodes}. */
  String addresses() {
    return nodes.stream().map(RedisNode::address).collect(Collectors.joining(","));
  }

  /** For {@code spring.data.redis.sentinel.nodes}. */
  String sentinelAddresses() {
    return sentinels().map(RedisNode::address).collect(Collectors.joining(","));
  }

  private Stream<RedisNode> sentinels() {
    return nodes.stream().skip(2);
  }

  /** The first of a pair. */
  RedisNode first() {
    return nodes.getFirst();
  }

  /** The master that has a key, by its own account. */
  RedisNode masterOf(String key) {
    int slot = SlotHash.getSlot(key);
    return nodes.stream()
        .filter(RedisNode::isAlive)
        .filter(node -> slotsOf(node).get(slot))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no master has slot " + slot));
  }

  /** A master that is not that one. */
  RedisNode otherMasterThan(RedisNode master) {
    return nodes.stream()
        .filter(RedisNode::isAlive)
        .filter(node -> node != master && !slotsOf(node).isEmpty())
        .findFirst()
        .orElseThrow();
  }

  /** Those that it answers for as a master. */
  static BitSet slotsOf(RedisNode node) {
    var slots = new BitSet(SlotHash.SLOT_COUNT);
    node.cli("CLUSTER", "NODES")
        .lines()
        .map(line -> line.split(" "))
        .filter(fields -> fields[2].equals("myself,master"))
        .flatMap(fields -> Arrays.stream(fields).skip(8))
        .map(range -> range.split("-"))
        .forEach(
            range ->
                slots.set(
                    Integer.parseInt(range[0]), Integer.parseInt(range[range.length - 1]) + 1));
    return slots;
  }

  /** How many of a sorted set some node has whose score is that number, or more. */
  int membersSince(String key, long score) {
    return nodes.stream()
        .filter(RedisNode::isAlive)
        .map(node -> node.cli("ZCOUNT", key, Long.toString(score), "+inf").strip())
        .filter(answer -> answer.matches("\\d+"))
        .mapToInt(Integer::parseInt)
        .max()
        .orElse(0);
  }

  @Override
  public void close() {
    nodes.forEach(RedisNode::close);
    try {
      FileSystemUtils.deleteRecursively(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
