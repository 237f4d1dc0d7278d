package dev.meshseal.ca.certmanager;

import dev.meshseal.x509.TrustBundle;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The roots that an issuer named, where the operator named none: the first are believed, and later
 * others take their place. Thread-safe.
 *
 * <p>Requests overtake each other while an issuer changes its authority. An answer under the one
 * before, to a request from before the change, changes nothing; one that was asked for later means
 * that the issuer has both.
 */
final class RememberedRoots {
  /** More in an hour is no rotation: each would have every proxy ask for a new certificate. */
  private static final int CHANGES_AN_HOUR = 3;

  /** What becomes of an answer. */
  enum Verdict {
    /** It is the first to name a root. */
    FIRST,
    /** Its root is known. */
    KNOWN,
    /** Its root is new, and trusted from now on. */
    CHANGED,
    /** Its root was replaced while it was asked for. */
    OVERTAKEN,
    /** The issuer names another root too often. */
    UNSTEADY
  }

  /** One moment; compared by identity. */
  static final class Moment {
    private final TrustBundle current;
    private final Set<X509Certificate> earlier;
    private final List<Instant> changes;

    private Moment(TrustBundle current, Set<X509Certificate> earlier, List<Instant> changes) {
      this.current = current;
      this.earlier = Set.copyOf(earlier);
      this.changes = List.copyOf(changes);
    }

    private boolean has(TrustBundle roots) {
      return current.roots().containsAll(roots.roots());
    }

    private Moment replacedBy(TrustBundle roots, Instant now) {
      var past = new HashSet<>(earlier);
      past.addAll(current.roots());
      return new Moment(roots, past, changesUntil(now));
    }

    private Moment with(TrustBundle roots, Instant now) {
      return new Moment(current.union(roots), earlier, changesUntil(now));
    }

    private List<Instant> changesUntil(Instant now) {
      var recent = new ArrayList<>(recent(now));
      if (!current.isEmpty()) {
        recent.add(now);
      }
      return recent;
    }

    private List<Instant> recent(Instant now) {
      var anHourAgo = now.minus(Duration.ofHours(1));
      return changes.stream().filter(change -> change.isAfter(anHourAgo)).toList();
    }
  }

  private volatile Moment moment = new Moment(TrustBundle.EMPTY, Set.of(), List.of());

  /** To be taken before a request is made, and given back with its answer. */
  Moment now() {
    return moment;
  }

  TrustBundle current() {
    return moment.current;
  }

  /** Takes in the roots of an answer whose certificate was found to lead to them. */
  synchronized Verdict take(TrustBundle answered, Moment asked, Instant now) {
    var current = moment;
    if (current.has(answered)) {
      return Verdict.KNOWN;
    }
    boolean known = current.earlier.containsAll(answered.roots());
    if (known && asked != current) {
      return Verdict.OVERTAKEN;
    }
    if (current.recent(now).size() >= CHANGES_AN_HOUR) {
      return Verdict.UNSTEADY;
    }
    moment = known ? current.with(answered, now) : current.replacedBy(answered, now);
    return current.current.isEmpty() ? Verdict.FIRST : Verdict.CHANGED;
  }
}
