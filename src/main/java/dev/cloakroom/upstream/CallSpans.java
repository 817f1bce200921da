package dev.cloakroom.upstream;

import dev.cloakroom.image.ImageId;
import dev.cloakroom.upstream.key.NamedKey;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.micrometer.observation.transport.SenderContext;
import org.springframework.stereotype.Component;
import reactor.util.context.ContextView;

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
  public Call begin(ImageId id, NamedKey key, ContextView context) {
    Observation observation =
        Observation.createNotStarted(CallTags.METRIC, CallSpans::sender, observations)
            .contextualName("http post")
            .highCardinalityKeyValue("image", id.value())
            .highCardinalityKeyValue("key", key.name());
    context
        .<Observation>getOrEmpty(ObservationThreadLocalAccessor.KEY)
        .ifPresent(observation::parentObservation);
    observation.start();
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
