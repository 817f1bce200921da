package dev.cloakroom.lookup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.cache.CacheMode;
import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Vendor;
import io.micrometer.core.instrument.MeterRegistry;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

class ImagePollerTests extends ServiceTests {

  @Autowired private ImagePoller poller;
  @Autowired private MeterRegistry meters;

  @Test
  void leavesNoTimerAndNoObservationWhenItEndsBetweenSubscribeAndBegin() {
    String id = newId();
    vendor.answers(id, Vendor.example("07-processing-fetch-message"));
    service.get("/images/" + id);
    int tasks = time.tasks();
    double observed = observed();

    poller.subscribe(new ImageId(id), CacheMode.DEFAULT, new LeavesAtOnce(id));

    assertThat(time.tasks()).isEqualTo(tasks);
    assertThat(observed()).isEqualTo(observed);
  }

  private double observed() {
    return meters.find("cloakroom.poll.active").longTaskTimers().stream()
        .mapToDouble(timer -> timer.activeTasks())
        .sum();
  }

  /** Gets the latest state as it subscribes, before polling begins. */
  private final class LeavesAtOnce implements ImagePoller.Subscriber {

    private final ImageId id;

    LeavesAtOnce(String id) {
      this.id = new ImageId(id);
    }

    @Override
    public void onUpdate(FoundImage found) {
      poller.unsubscribe(id, this);
    }

    @Override
    public void onError(ProblemException problem) {}

    @Override
    public void onComplete() {}
  }
}
