package dev.meshseal.server.admin;

import dev.meshseal.server.admin.BackendView.AuthorityView;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;

/** Can the backend be asked, and will its authority last? */
final class BackendStep {
  private static final String NAME = "backend";
  private static final Duration LONG_BEFORE = Duration.ofDays(60);

  private BackendStep() {}

  static Step look(Facts facts) {
    if (facts.backend().isEmpty()) {
      return Step.warning(NAME, "nothing is known of the backend");
    }
    var backend = facts.backend().orElseThrow();
    if (!backend.opened()) {
      return Step.cross(NAME, notOpened(facts, backend));
    }
    var first = first(backend);
    if (first.isPresent() && !first.get().notAfter().isAfter(facts.now())) {
      return Step.cross(NAME, ended(facts, backend, first.get()));
    }
    if (backend.credential().isPresent()
        && !backend.credential().get().expiresAt().isAfter(facts.now())) {
      return Step.cross(NAME, credentialEnded(facts, backend, backend.credential().get()));
    }
    return first
        .filter(authority -> endsSoon(authority, backend.leafLifetime(), facts.now()))
        .map(authority -> Step.warning(NAME, endsSoon(facts, backend, authority)))
        .orElseGet(() -> Step.tick(NAME, says(facts, backend, first)));
  }

  private static Optional<AuthorityView> first(BackendView backend) {
    return backend.authorities().stream().min(Comparator.comparing(AuthorityView::notAfter));
  }

  /** Sixty days or a quarter of its life before, or four leaf lives, whichever is later to say. */
  static boolean endsSoon(AuthorityView authority, Duration leafLifetime, Instant now) {
    var quarter = Duration.between(authority.notBefore(), authority.notAfter()).dividedBy(4);
    var ahead = quarter.compareTo(LONG_BEFORE) < 0 ? quarter : LONG_BEFORE;
    var leaves = leafLifetime.multipliedBy(4);
    var warnFrom = ahead.compareTo(leaves) > 0 ? ahead : leaves;
    return authority.notAfter().isBefore(now.plus(warnFrom));
  }

  private static String says(Facts facts, BackendView backend, Optional<AuthorityView> first) {
    return "backend '%s' (%s) is open%s"
        .formatted(
            backend.name(),
            backend.type(),
            first
                .map(authority -> "; its CA ends " + Spans.from(facts.now(), authority.notAfter()))
                .orElse(""));
  }

  private static Finding notOpened(Facts facts, BackendView backend) {
    return Fault.MS301.found(
        "%s cannot be opened: %s"
            .formatted(
                of(facts, backend),
                backend.problem().map(ProblemView::message).orElse("the reason is not known")),
        backend
            .problem()
            .flatMap(ProblemView::nextTry)
            .map(at -> "correct it; next try " + Spans.from(facts.now(), at))
            .orElse("correct the Mesh or what it refers to; it is tried again when that changes"));
  }

  private static Finding ended(Facts facts, BackendView backend, AuthorityView authority) {
    return Fault.MS302.found(
        "%s: certificate %s (%s) ended %s, so every leaf under it is refused"
            .formatted(
                of(facts, backend),
                shortened(authority.fingerprint()),
                authority.subject(),
                Spans.from(facts.now(), authority.notAfter())),
        "replace the CA: give the Mesh another backend and enable it");
  }

  private static Finding endsSoon(Facts facts, BackendView backend, AuthorityView authority) {
    return Fault.MS303.found(
        "%s: certificate %s (%s) ends %s; no leaf can outlive it"
            .formatted(
                of(facts, backend),
                shortened(authority.fingerprint()),
                authority.subject(),
                Spans.from(facts.now(), authority.notAfter())),
        "renew the CA, or give the Mesh a second backend and move to it");
  }

  private static Finding credentialEnded(
      Facts facts, BackendView backend, CredentialView credential) {
    return Fault.MS304.found(
        "%s: its %s ended %s; nothing can be signed since"
            .formatted(
                of(facts, backend),
                credential.kind(),
                Spans.from(facts.now(), credential.expiresAt())),
        "write a new one where the Mesh points; it is read again by itself");
  }

  static String of(Facts facts, BackendView backend) {
    return "backend '%s' of mesh '%s'".formatted(backend.name(), facts.id().mesh());
  }

  static String shortened(String fingerprint) {
    return fingerprint.length() <= 16 ? fingerprint : fingerprint.substring(0, 16);
  }
}
