package dev.meshseal.server.admin;

import dev.meshseal.server.admin.DataplaneView.LeafView;
import dev.meshseal.server.admin.StreamView.Kind;
import java.util.Optional;

/** Did the authority issue? In its own words if not. */
final class UpstreamStep {
  /** What a problem is called that was found by us in what the authority returned. */
  static final String CHECK = "check";

  private static final String NAME = "upstream call";

  private UpstreamStep() {}

  static Step look(Facts facts) {
    var identity = facts.identity();
    if (identity.isEmpty()) {
      return Step.tick(NAME, "not needed: no certificate was asked for");
    }
    var issued = facts.issued();
    var problem = identity.get().problem().filter(found -> !found.code().equals(CHECK));
    if (issued.isPresent()) {
      return problem
          .map(found -> Step.warning(NAME, renewalFails(facts, found, issued.get())))
          .orElseGet(() -> Step.tick(NAME, says(facts, issued.get())));
    }
    if (identity.get().problem().isPresent() && problem.isEmpty()) {
      return Step.tick(NAME, "the authority answered");
    }
    return Step.cross(
        NAME, problem.map(found -> failed(facts, found)).orElseGet(() -> underWay(facts)));
  }

  private static String says(Facts facts, LeafView leaf) {
    return "backend '%s' issued %s %s because: %s"
        .formatted(
            leaf.backend(),
            leaf.serial(),
            Spans.from(facts.now(), leaf.issuedAt()),
            words(leaf.cause()));
  }

  private static Finding failed(Facts facts, ProblemView problem) {
    var breaker = facts.backend().flatMap(BackendView::breaker);
    if (breaker.isPresent()) {
      return Fault.MS403.found(
          "%d proxies failed at backend '%s', so it is left alone since %s; it said: %s"
              .formatted(
                  breaker.get().failingProxies(),
                  facts.backend().orElseThrow().name(),
                  breaker.get().since(),
                  problem.message()),
          "mend the backend; one proxy tries again "
              + Spans.from(facts.now(), breaker.get().nextProbe()));
    }
    return fault(problem.code()).found(sentence(problem), remedy(facts, problem));
  }

  private static Fault fault(String code) {
    return switch (code) {
      case "unavailable" -> Fault.MS402;
      case "identity" -> Fault.MS405;
      default -> Fault.MS401;
    };
  }

  private static String sentence(ProblemView problem) {
    return problem.count() > 1
        ? "%s (%d times since %s)".formatted(problem.message(), problem.count(), problem.since())
        : problem.message();
  }

  private static String remedy(Facts facts, ProblemView problem) {
    var next =
        problem
            .nextTry()
            .map(at -> "; next try " + Spans.from(facts.now(), at))
            .orElse("; it is tried again when the Mesh or the proxy changes");
    return switch (fault(problem.code())) {
      case MS402 -> "let this server reach the authority again" + next;
      case MS405 ->
          "give the proxy's Dataplane document or token the tag kuma.io/service, or a workload"
              + next;
      default -> "do what the authority asks for" + next;
    };
  }

  private static Finding renewalFails(Facts facts, ProblemView problem, LeafView leaf) {
    return Fault.MS406.found(
        "renewal fails since %s: %s; the last leaf holds %s more"
            .formatted(
                problem.since(),
                problem.message(),
                Spans.of(java.time.Duration.between(facts.now(), leaf.expiresAt()))),
        remedy(facts, problem));
  }

  private static Finding underWay(Facts facts) {
    return Fault.MS404.found(
        "the certificate of '%s' is being issued%s%s"
            .formatted(
                facts.id(),
                facts.backend().map(UpstreamStep::others).orElse(""),
                CredentialStep.first(facts, Kind.IDENTITY)
                    .flatMap(StreamView.SecretView::waiting)
                    .map(": %s"::formatted)
                    .orElse("")),
        "wait; ask again in a few seconds");
  }

  private static String others(BackendView backend) {
    int others = backend.underWay() - 1;
    return others <= 0
        ? ""
        : ", as are %,d others%s"
            .formatted(
                others,
                backend.remaining().map(Spans::of).map(", all in about %s"::formatted).orElse(""));
  }

  private static String words(String cause) {
    return cause.toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
  }

  static Optional<ProblemView> check(Facts facts) {
    return facts
        .identity()
        .flatMap(DataplaneView.IdentityView::problem)
        .filter(problem -> problem.code().equals(CHECK));
  }
}
