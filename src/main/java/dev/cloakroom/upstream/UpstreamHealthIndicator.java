package dev.cloakroom.upstream;

import dev.cloakroom.problem.Problem;
import dev.cloakroom.problem.ProblemException;
import dev.cloakroom.upstream.key.KeyPool;
import dev.cloakroom.upstream.key.KeyReloader;
import dev.cloakroom.upstream.key.KeyStatus;
import dev.cloakroom.upstream.resilience.Breaker;
import dev.cloakroom.upstream.resilience.CallPolicy;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;

/**
 * Reports the state of the vendor and of our keys, and what an operator must do; makes no call
 * itself.
 */
@Component
class UpstreamHealthIndicator implements HealthIndicator {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm 'UTC on' uuuu-MM-dd").withZone(ZoneOffset.UTC);

  private final KeyPool keys;
  private final KeyReloader reloader;
  private final Breaker breaker;
  private final InstantSource clock;

  UpstreamHealthIndicator(
      KeyPool keys, KeyReloader reloader, CallPolicy callPolicy, InstantSource clock) {
    this.keys = keys;
    this.reloader = reloader;
    this.breaker = callPolicy.breaker();
    this.clock = clock;
  }

  @Override
  public Health health() {
    Health.Builder health = new Health.Builder();
    var actions = new ArrayList<String>();
    addCalls(health, actions);
    addKeys(health, actions);
    if (!actions.isEmpty()) {
      health.withDetail("action", String.join(" ", actions));
    }
    return health.build();
  }

  private void addCalls(Health.Builder health, List<String> actions) {
    Breaker.Outcome outcome = breaker.outcome();
    health.withDetail("breaker", breaker.state());
    if (outcome == null) {
      health.unknown().withDetail("calls", "none yet");
      return;
    }
    Problem problem = outcome.problem();
    health.up().withDetail("since", outcome.since());
    if (problem != null) {
      health.down().withDetail("problem", problem.id());
      actions.add(
          problem == Problem.UPSTREAM_INVALID
              ? "Check cloakroom.upstream.base-url and fetch-path; see the log."
              : "Check the vendor's status and the network.");
    }
  }

  private void addKeys(Health.Builder health, List<String> actions) {
    Instant now = clock.instant();
    Map<String, String> states = new LinkedHashMap<>();
    for (KeyStatus key : keys.statuses()) {
      states.put(key.key().name(), describe(key, now, actions));
    }
    health.withDetail("keys", states);
    String fault = reloader.fault();
    if (fault != null) {
      health.withDetail("key-directory", fault + " The previous keys stay in use.");
      actions.add("Put one key per file into the key directory.");
    }
    ProblemException outage = keys.outage();
    if (outage != null) {
      health.down().withDetail("problem", outage.problem().id());
    }
  }

  private static String describe(KeyStatus key, Instant now, List<String> actions) {
    String name = key.key().name();
    return switch (key.stateAt(now)) {
      case USABLE -> "usable";
      case COOLDOWN -> "cooldown until " + TIME.format(key.until()) + ", as the vendor asks";
      case REJECTED -> {
        String since = "rejected since " + TIME.format(key.since());
        actions.add("Key `%s` %s: replace it, or top up its account.".formatted(name, since));
        yield since;
      }
    };
  }
}
