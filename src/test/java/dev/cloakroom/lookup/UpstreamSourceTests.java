package dev.cloakroom.lookup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.cluster.SharedFetches;
import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.image.ImageSnapshot;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.upstream.UpstreamClient;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.mockito.Mockito;
import org.springframework.beans.factory.annotation.Autowired;

/** Fetches that would never end. */
class UpstreamSourceTests extends ServiceTests {

  @Autowired private UpstreamClient upstream;
  @Autowired private ImageMetrics metrics;
  @Autowired private NewImageLimit limit;

  @Test
  void givesUpOnFetchWithoutEndSoonAfterTheDeadline() {
    SharedFetches endless =
        new SharedFetches() {
          @Override
          public CompletableFuture<ImageSnapshot> fetch(
              ImageId id, Duration maxAge, Supplier<CompletableFuture<Image>> source) {
            return new CompletableFuture<>();
          }
        };
    var source = new UpstreamSource(upstream, endless, limit, metrics, time);

    var fetch = source.fetch(new ImageId(newId()), Duration.ZERO, null);

    assertThat(fetch)
        .failsWithin(Duration.ofSeconds(10))
        .withThrowableThat()
        .havingRootCause()
        .withMessage("no outcome within PT3S");
    assertThat(ProblemException.of(fetch.exceptionNow()).problem())
        .isEqualTo(Problem.UPSTREAM_TIMEOUT);
  }

  /** Else the lease of a shared fetch would be kept for ever. */
  @Test
  void givesUpOnVendorsAnswerWithoutEndForTheClusterToo() {
    UpstreamClient endless = Mockito.mock();
    Mockito.when(endless.timeout()).thenReturn(Duration.ofMillis(100));
    Mockito.when(endless.fetch(Mockito.any())).thenReturn(new CompletableFuture<>());
    var own = new CompletableFuture<Image>();
    SharedFetches shared =
        new SharedFetches() {
          @Override
          public CompletableFuture<ImageSnapshot> fetch(
              ImageId id, Duration maxAge, Supplier<CompletableFuture<Image>> source) {
            source.get().whenComplete((_, failure) -> own.completeExceptionally(failure));
            return new CompletableFuture<>();
          }
        };
    var source = new UpstreamSource(endless, shared, limit, metrics, time);

    var fetch = source.fetch(new ImageId(newId()), Duration.ZERO, null);

    assertThat(own).failsWithin(Duration.ofSeconds(10));
    assertThat(fetch).failsWithin(Duration.ofSeconds(10));
    assertThat(ProblemException.of(own.exceptionNow()).problem())
        .isEqualTo(Problem.UPSTREAM_TIMEOUT);
  }
}
