package dev.meshseal.server.admin;

import dev.meshseal.identity.DataplaneId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Why a proxy has, or has not, its certificate: step by step, up to the first that fails.
 *
 * @param dataplane {@code MESH/NAME}
 * @param good whether every step went through
 * @param finding what the last step found, if it failed
 */
public record Explanation(
    String dataplane, Instant now, boolean good, List<Step> steps, Optional<Finding> finding) {

  /** In the order in which a proxy goes through them. */
  private static final List<Function<Facts, Step>> STEPS =
      List.of(
          CredentialStep::look,
          MeshStep::look,
          BackendStep::look,
          UpstreamStep::look,
          CheckStep::look,
          SentStep::look,
          AckStep::look,
          BundleStep::look,
          ClockStep::look);

  public Explanation {
    steps = List.copyOf(steps);
  }

  /** Explains from what a server knows now. */
  public static Explanation of(
      Inspection inspection, DataplaneId id, Optional<Instant> callersClock) {
    return of(Facts.of(inspection, id, callersClock));
  }

  static Explanation of(Facts facts) {
    var steps = new ArrayList<Step>();
    for (var look : STEPS) {
      var step = look.apply(facts);
      steps.add(step);
      if (step.isCross()) {
        return new Explanation(facts.id().toString(), facts.now(), false, steps, step.finding());
      }
    }
    return new Explanation(facts.id().toString(), facts.now(), true, steps, Optional.empty());
  }
}
