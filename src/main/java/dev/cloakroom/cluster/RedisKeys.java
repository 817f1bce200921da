package dev.cloakroom.cluster;

import dev.cloakroom.image.ImageId;
import java.util.List;

/**
 * The keys and the channel of a group of replicas in Redis; the number is the version of their
 * content.
 *
 * @param replica this one's own name
 */
record RedisKeys(String group, String replica) {

  private String prefix() {
    return "cloakroom:1:" + group;
  }

  /** The final state, and the unfinished one; in one slot of a Redis cluster. */
  List<String> ofImage(ImageId id) {
    String name = prefix() + ":{" + id + "}";
    return List.of(name + ":final", name + ":fetch");
  }

  /** The replicas and the cooldowns; in one slot. */
  List<String> ofGroup() {
    return List.of(prefix() + ":{group}:replicas", prefix() + ":{group}:cooldowns");
  }

  String ofRate(String name) {
    return prefix() + ":rate:" + name;
  }

  String ofBudget(String client) {
    return prefix() + ":budget:" + client;
  }

  String channel() {
    return prefix() + ":messages";
  }
}
