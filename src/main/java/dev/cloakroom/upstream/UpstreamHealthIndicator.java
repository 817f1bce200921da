package dev.cloakroom.upstream;

import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.upstream.key.NamedKey;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;

/** Tells how the last calls to the vendor went, and what an operator must do; makes none itself. */
@Component
class UpstreamHealthIndicator implements HealthIndicator {

  /** How calls have gone since then; without a problem, the vendor answered. */
  private record Outcome(@Nullable Problem problem, String key, Instant since) {

    boolean isLike(Outcome other) {
      return problem == other.problem && key.equals(other.key);
    }
  }

  private final InstantSource clock;
  private final AtomicReference<@Nullable Outcome> last = new AtomicReference<>();

  UpstreamHealthIndicator(InstantSource clock) {
    this.clock = clock;
  }

  void answered(NamedKey key) {
    become(new Outcome(null, key.name(), clock.instant()));
  }

  void failed(ProblemException failure, NamedKey key) {
    become(new Outcome(failure.problem(), key.name(), clock.instant()));
  }

  private void become(Outcome now) {
    last.accumulateAndGet(now, (old, next) -> old != null && old.isLike(next) ? old : next);
  }

  @Override
  public Health health() {
    Outcome outcome = last.get();
    if (outcome == null) {
      return Health.unknown().withDetail("calls", "none yet").build();
    }
    Problem problem = outcome.problem();
    if (problem == null) {
      return Health.up().withDetail("since", outcome.since()).build();
    }
    return Health.down()
        .withDetail("problem", problem.id())
        .withDetail("since", outcome.since())
        .withDetail("action", actionFor(problem, outcome.key()))
        .build();
  }

  private static String actionFor(Problem problem, String key) {
    return switch (problem) {
      case UPSTREAM_CREDENTIALS -> "Replace the API key `" + key + "`, or top up its account.";
      case UPSTREAM_THROTTLED -> "None: calls go on after the vendor's wait.";
      case UPSTREAM_UNAVAILABLE, UPSTREAM_TIMEOUT -> "Check the vendor's status and the network.";
      default -> "Check cloakroom.upstream.base-url and fetch-path; see the log.";
    };
  }
}
