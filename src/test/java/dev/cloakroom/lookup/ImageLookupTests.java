package dev.cloakroom.lookup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.cache.ImageCache;
import dev.cloakroom.cache.ImageCache.Demand;
import dev.cloakroom.cluster.Cluster;
import dev.cloakroom.image.Image;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.image.ImageSnapshot;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.problem.ProblemHandler;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Vendor;
import dev.cloakroom.upstream.UpstreamClient;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.mockito.Mockito;
import org.springframework.beans.factory.annotation.Autowired;

/** Looks that would never be over. */
class ImageLookupTests extends ServiceTests {

  @Autowired private ImageCache cache;
  @Autowired private UpstreamClient upstream;
  @Autowired private ImageMetrics metrics;
  @Autowired private ImageLookupProperties settings;

  @Test
  void givesUpOnLookWithoutEndSoonAfterTheDeadlineAndLooksAgain() {
    String id = newId();
    vendor.answers(id, Vendor.ready(id));
    var endless = new CompletableFuture<ImageSnapshot>();
    var lookup = new ImageLookup(cache, upstream, clusterThatBrings(endless), metrics, settings);

    var look = lookup.get(new ImageId(id), Demand.ANY);

    assertThat(look)
        .failsWithin(Duration.ofSeconds(10))
        .withThrowableThat()
        .havingRootCause()
        .withMessage("no outcome within PT3S");
    assertThat(look.exceptionNow())
        .isInstanceOfSatisfying(
            ProblemException.class,
            problem -> assertThat(problem.problem()).isEqualTo(Problem.UPSTREAM_TIMEOUT));
    assertThat(service.get("/images/" + id).status()).isEqualTo(200);
    assertThat(endless.complete(ImageSnapshot.now(new Image.Missing(new ImageId(id))))).isFalse();
    assertThat(service.get("/images/" + id).status()).isEqualTo(200);
  }

  /** Else the lease of a shared look would be kept for ever. */
  @Test
  void givesUpOnVendorsAnswerWithoutEndForTheClusterToo() {
    UpstreamClient endless = Mockito.mock();
    Mockito.when(endless.timeout()).thenReturn(Duration.ofMillis(100));
    Mockito.when(endless.fetch(Mockito.any())).thenReturn(new CompletableFuture<>());
    var asked = new CompletableFuture<Image>();
    var cluster =
        new Cluster() {
          @Override
          public CompletableFuture<ImageSnapshot> look(
              ImageId id, Duration maxAge, Supplier<CompletableFuture<Image>> ask) {
            ask.get().whenComplete((_, failure) -> asked.completeExceptionally(failure));
            return new CompletableFuture<>();
          }
        };
    var lookup = new ImageLookup(cache, endless, cluster, metrics, settings);

    var look = lookup.get(new ImageId(newId()), Demand.ANY);

    assertThat(asked).failsWithin(Duration.ofSeconds(10));
    assertThat(look).failsWithin(Duration.ofSeconds(10));
    assertThat(ProblemHandler.problemOf(asked.exceptionNow()).problem())
        .isEqualTo(Problem.UPSTREAM_TIMEOUT);
  }

  private static Cluster clusterThatBrings(CompletableFuture<ImageSnapshot> outcome) {
    return new Cluster() {
      @Override
      public CompletableFuture<ImageSnapshot> look(
          ImageId id, Duration maxAge, Supplier<CompletableFuture<Image>> ask) {
        return outcome;
      }
    };
  }
}
