package dev.cloakroom.api;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.stubbing.StubMapping;
import dev.cloakroom.cache.CacheMode;
import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.lookup.ImageLookup;
import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.testsupport.Canary;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Vendor;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;

/** An hour without the vendor, in fake time. */
@TestPropertySource(properties = "cloakroom.upstream.retry-budget=0.2")
class OutageTests extends ServiceTests {

  private static final Duration BETWEEN_CALLERS = Duration.ofMillis(10);
  private static final int CALLERS = 360_000;

  @Autowired private ImageLookup lookup;

  @Test
  void leavesTheVendorAloneAndServesWhatItKnowsAndRecoversAtOnce() throws Exception {
    List<String> ready = known(30, Vendor::ready);
    time.advance(Duration.ofHours(5).plusMinutes(30));
    List<String> fresh = known(30, Vendor::ready);
    List<String> unfinished = known(30, _ -> Vendor.example("07-processing-fetch-message"));
    vendor.answersAll(Canary.KEY, Vendor.readyForAny());
    StubMapping breakdown = vendor.breaksDown(aResponse().withStatus(500));
    int before = vendor.calls();

    int unknown = 0;
    for (int caller = 0; caller < CALLERS; caller++) {
      time.advance(BETWEEN_CALLERS);
      switch (caller % 5) {
        case 0 -> assertServed(ready.get(caller / 5 % ready.size()), "ready");
        case 1 -> assertServed(fresh.get(caller / 5 % fresh.size()), "ready");
        case 2 -> ask(unfinished.get(caller / 5 % unfinished.size()), caller < 59_000);
        default -> unknown += ask(newId(), false) ? 1 : 0;
      }
    }
    int calls = vendor.calls() - before;
    vendor.withdraw(breakdown);
    Duration recovery = Duration.ZERO;
    while (!ask(newId(), false)) {
      time.advance(BETWEEN_CALLERS);
      recovery = recovery.plus(BETWEEN_CALLERS);
    }

    assertThat(unknown).isZero();
    // Every 10 s one about an unknown id, and one about a known id that decides.
    assertThat(calls).isBetween(100, 849);
    assertThat(recovery).isLessThanOrEqualTo(Duration.ofSeconds(10));
  }

  private List<String> known(int count, UnaryOperator<String> body) {
    List<String> ids = Stream.generate(ServiceTests::newId).limit(count).toList();
    for (String id : ids) {
      vendor.answers(id, body.apply(id));
      service.get("/images/" + id);
    }
    return ids;
  }

  private void assertServed(String id, String state) {
    FoundImage found = lookup.get(new ImageId(id), CacheMode.DEFAULT).join();
    assertThat(found.image().state()).isEqualTo(state);
  }

  /** Whether the image was served. */
  private boolean ask(String id, boolean mustBe) {
    try {
      lookup.get(new ImageId(id), CacheMode.DEFAULT).join();
      return true;
    } catch (CompletionException failure) {
      assertThat(mustBe).isFalse();
      assertThat(ProblemException.of(failure).problem()).isEqualTo(Problem.UPSTREAM_UNAVAILABLE);
      return false;
    }
  }
}
