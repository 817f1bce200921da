package dev.cloakroom.lookup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.cache.FoundImage;
import dev.cloakroom.cache.ImageCache.Demand;
import dev.cloakroom.image.ImageId;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Vendor;
import io.micrometer.core.instrument.MeterRegistry;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

class ImagePollerTests extends ServiceTests {

  @Autowired private ImagePoller watch;
  @Autowired private MeterRegistry meters;

  @Test
  void leavesNoTimerAndNoObservationWhenItEndsBetweenJoinAndBegin() {
    String id = newId();
    vendor.answers(id, Vendor.example("07-processing-fetch-message"));
    service.get("/images/" + id);
    int tasks = time.tasks();
    double observed = observed();

    watch.join(new ImageId(id), Demand.ANY, new LeavesAtOnce(id));

    assertThat(time.tasks()).isEqualTo(tasks);
    assertThat(observed()).isEqualTo(observed);
  }

  private double observed() {
    return meters.find("cloakroom.watch.active").longTaskTimers().stream()
        .mapToDouble(timer -> timer.activeTasks())
        .sum();
  }

  /** Is told the latest state as it joins, before the watch begins. */
  private final class LeavesAtOnce implements ImagePoller.Subscriber {

    private final ImageId id;

    LeavesAtOnce(String id) {
      this.id = new ImageId(id);
    }

    @Override
    public void sees(FoundImage found) {
      watch.leave(id, this);
    }

    @Override
    public void fails(ProblemException problem) {}

    @Override
    public void ends() {}
  }
}
