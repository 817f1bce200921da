package dev.cloakroom.lookup;

import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.cache.ImageCache;
import dev.cloakroom.cluster.SharedFetches;
import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.image.ImageSnapshot;
import org.springframework.stereotype.Component;

/** Sends to other replicas what this one learns and purges, and takes theirs into the cache. */
@Component
class ReplicaSync {

  ReplicaSync(ImageCache cache, SharedFetches shared) {
    cache.addListener(new Sender(cache, shared));
    shared.addListener(new Receiver(cache));
  }

  private record Sender(ImageCache cache, SharedFetches shared) implements ImageCache.Listener {

    @Override
    public void learned(FoundImage found) {
      var history =
          new ImageSnapshot.History(
              found.jobAge().minus(found.age()), found.freshness(), found.fetches());
      shared.publish(
          new ImageSnapshot(found.image(), found.age(), history),
          found.image() instanceof Image.Ready ? cache.timeLeft(found) : found.timeToLive());
    }

    @Override
    public void purged(ImageId id) {
      shared.purge(id);
    }
  }

  private record Receiver(ImageCache cache) implements SharedFetches.Listener {

    @Override
    public void learned(ImageSnapshot snapshot) {
      cache.learn(snapshot);
    }

    @Override
    public void purged(ImageId id) {
      cache.evict(id);
    }
  }
}
