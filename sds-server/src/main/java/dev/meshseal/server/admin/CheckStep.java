package dev.meshseal.server.admin;

import dev.meshseal.server.admin.DataplaneView.LeafView;
import java.time.Duration;

/** Was what came back good: key, names, dates, usages, chain to the served bundle? */
final class CheckStep {
  private static final String NAME = "check";

  /** Leaves start a few seconds back and end with their CA; less than this part is worth a word. */
  private static final double SHORTER = 0.9;

  private CheckStep() {}

  static Step look(Facts facts) {
    var refused = UpstreamStep.check(facts);
    var issued = facts.issued();
    if (refused.isPresent()) {
      var finding =
          Fault.MS501.found(
              refused.get().message(),
              "what came back is not served; correct the authority or its role");
      return issued.isPresent() ? Step.warning(NAME, finding) : Step.cross(NAME, finding);
    }
    if (issued.isEmpty()) {
      return Step.tick(NAME, "nothing to check");
    }
    var life = life(issued.get());
    var asked = facts.backend().map(BackendView::leafLifetime).orElse(life);
    if (life.toMillis() < asked.toMillis() * SHORTER) {
      return Step.warning(
          NAME,
          Fault.MS502.found(
              "asked for %s, got %s: the CA ends, or its role allows no more"
                  .formatted(Spans.of(asked), Spans.of(life)),
              "renew the CA or raise the limit of its role"));
    }
    return Step.tick(
        NAME,
        "key, names, dates, usages and chain are right; good for %s more"
            .formatted(Spans.of(Duration.between(facts.now(), issued.get().expiresAt()))));
  }

  private static Duration life(LeafView leaf) {
    return Duration.between(leaf.notBefore(), leaf.expiresAt());
  }
}
