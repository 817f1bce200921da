package dev.cloakroom.cluster;

import dev.cloakroom.image.ImageId;
import java.util.List;

/**
 * What things of a fleet are called in Redis; the number is the version of what stands there.
 *
 * @param replica this one's own name
 */
record RedisKeys(String fleet, String replica) {

  private String prefix() {
    return "cloakroom:1:" + fleet;
  }

  /** The final state, and the unfinished one; in one slot of a Redis cluster. */
  List<String> ofImage(ImageId id) {
    String name = prefix() + ":{" + id + "}";
    return List.of(name + ":final", name + ":look");
  }

  /** The replicas and the holds; in one slot. */
  List<String> ofFleet() {
    return List.of(prefix() + ":{fleet}:replicas", prefix() + ":{fleet}:holds");
  }

  String ofTurns(String name) {
    return prefix() + ":turns:" + name;
  }

  String channel() {
    return prefix() + ":news";
  }

  String newsOfMine(ClusterMessage news) {
    return news.from(replica);
  }
}
