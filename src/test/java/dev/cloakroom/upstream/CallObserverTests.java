package dev.cloakroom.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.image.ImageId;
import dev.cloakroom.upstream.key.ApiKey;
import dev.cloakroom.upstream.key.NamedKey;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.ObservationView;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatusCode;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientRequestObservationContext;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.DefaultClientRequestObservationConvention;

class CallObserverTests {

  private static final UpstreamProperties SETTINGS =
      UpstreamConfigurationTests.settings(
          "https://vendor.test/api/", "/v6/fetch/{id}", Duration.ofSeconds(5), 1, 1);

  private static final NamedKey KEY = new NamedKey("1", new ApiKey("s3cr3t-k3y"));

  private final MeterRegistry timed = new SimpleMeterRegistry();
  private final MeterRegistry observed = new SimpleMeterRegistry();

  static Stream<Arguments> ends() {
    return Stream.of(
        end(200, null),
        end(301, null),
        end(404, null),
        end(503, null),
        end(799, null),
        end(0, new IOException("reset")),
        end(0, null));
  }

  private static Arguments end(int status, Throwable failure) {
    return Arguments.of(status, failure);
  }

  @ParameterizedTest
  @MethodSource("ends")
  void hasSpringsTagsWithAndWithoutSpans(int status, Throwable failure) {
    Consumer<CallObserver.Call> end =
        call -> {
          if (failure != null) {
            call.failed(failure);
          } else if (status == 0) {
            call.cancelled();
          } else {
            call.answered(status);
          }
        };
    var observations = ObservationRegistry.create();
    observations
        .observationConfig()
        .observationHandler(new DefaultMeterObservationHandler(observed));

    end.accept(begin(new CallTimer(SETTINGS, timed)));
    end.accept(begin(new CallSpans(SETTINGS, observations)));

    Timer timer = timed.get("http.client.requests").timer();
    assertThat(timer.count()).isEqualTo(1);
    assertThat(observed.get("http.client.requests").timer().getId().getTags())
        .isEqualTo(timer.getId().getTags());
    assertThat(springsTags(status, failure))
        .allSatisfy(tag -> assertThat(timer.getId().getTags()).contains(tag));
    assertThat(timed.getMeters()).extracting(Meter::getId).hasSize(1);
  }

  @Test
  void makesSpansOfWhatCausedTheFetchWhereverCallsAreMade() {
    var observations = ObservationRegistry.create();
    List<ObservationView> parents = new ArrayList<>();
    observations
        .observationConfig()
        .observationHandler(
            new ObservationHandler<Observation.Context>() {
              @Override
              public void onStop(Observation.Context context) {
                parents.add(context.getParentObservation());
              }

              @Override
              public boolean supportsContext(Observation.Context context) {
                return true;
              }
            });
    Observation request = Observation.start("request", observations);
    CallObserver.Calls calls;
    try (Observation.Scope _ = request.openScope()) {
      calls = new CallSpans(SETTINGS, observations).of(new ImageId("42"));
    }

    calls.begin(KEY).answered(500);
    calls.begin(KEY).answered(200);

    assertThat(parents).containsExactly(request, request);
  }

  private static CallObserver.Call begin(CallObserver observer) {
    return observer.of(new ImageId("42")).begin(KEY);
  }

  private static List<Tag> springsTags(int status, Throwable failure) {
    var request =
        ClientRequest.create(HttpMethod.POST, URI.create("https://vendor.test/api/v6/fetch/42"));
    var context = new ClientRequestObservationContext(request);
    context.setRequest(request.build());
    context.setUriTemplate("https://vendor.test/api/v6/fetch/{id}");
    if (failure != null) {
      context.setError(failure);
    }
    if (status != 0) {
      context.setResponse(ClientResponse.create(HttpStatusCode.valueOf(status)).build());
    }
    return new DefaultClientRequestObservationConvention()
        .getLowCardinalityKeyValues(context).stream()
            .map(tag -> Tag.of(tag.getKey(), tag.getValue()))
            .toList();
  }
}
