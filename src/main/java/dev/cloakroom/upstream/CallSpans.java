package dev.cloakroom.upstream;

import dev.cloakroom.image.ImageId;
import dev.cloakroom.upstream.key.NamedKey;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.transport.SenderContext;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Makes spans of calls, too, where they are exported. */
@Component
final class CallSpans implements CallObserver {

  private final UpstreamProperties settings;
  private final ObservationRegistry observations;

  CallSpans(UpstreamProperties settings, ObservationRegistry observations) {
    this.settings = settings;
    this.observations = observations;
  }

  @Override
  public Calls of(ImageId id) {
    Observation parent = observations.getCurrentObservation();
    return key -> begin(id, key, parent);
  }

  private Call begin(ImageId id, NamedKey key, @Nullable Observation parent) {
    Observation observation =
        Observation.createNotStarted(CallTags.METRIC, CallSpans::sender, observations)
            .contextualName("http post")
            .highCardinalityKeyValue("image", id.value())
            .highCardinalityKeyValue("key", key.name())
            .parentObservation(parent)
            .start();
    return (tags, failure) -> {
      if (failure != null) {
        observation.error(failure);
      }
      tags.of(settings).forEach(observation::lowCardinalityKeyValue);
      observation.stop();
    };
  }

  /** The vendor is sent nothing of a trace. */
  private static Observation.Context sender() {
    var context = new SenderContext<>((_, _, _) -> {});
    context.setCarrier("");
    return context;
  }
}
