package dev.meshseal.x509;

import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Every way from a leaf's issuer, over the certificates served with the leaf, to a root of the
 * bundle. Mostly one; two roots of one name make two.
 */
final class IssuerPaths {
  private final List<IssuerPath> paths;
  private final List<String> problems;
  // A path without problems has none until one of its certificates ends.
  private final ConcurrentMap<IssuerPath, Boolean> sound = new ConcurrentHashMap<>();

  private IssuerPaths(List<IssuerPath> paths, List<String> problems) {
    this.paths = List.copyOf(paths);
    this.problems = List.copyOf(problems);
  }

  static IssuerPaths of(
      X509Certificate leaf,
      List<X509Certificate> served,
      TrustBundle bundle,
      CryptoProvider crypto) {
    var problems = new ArrayList<String>();
    for (var certificate : served) {
      // Only what is signed by another is of use to a peer that does not trust it already.
      if (IssuingCa.isSelfIssued(certificate)) {
        problems.add(
            "it is served with the root '%s', which belongs in the bundle alone"
                .formatted(name(certificate)));
      }
    }
    if (!served.isEmpty() && !issued(served.getFirst(), leaf)) {
      problems.add(
          "its issuer is '%s', but it is served with '%s'"
              .formatted(issuer(leaf), name(served.getFirst())));
    }
    var paths =
        upToTheBundle(leaf, served, bundle).stream()
            .map(path -> new IssuerPath(path, crypto))
            .toList();
    if (paths.isEmpty()) {
      problems.add(
          "its chain ends at issuer '%s', which is not among the roots of the bundle: %s"
              .formatted(
                  issuer(served.isEmpty() ? leaf : served.getLast()),
                  bundle.roots().stream().map(IssuerPaths::name).toList()));
    }
    return new IssuerPaths(paths, problems);
  }

  private static List<List<X509Certificate>> upToTheBundle(
      X509Certificate leaf, List<X509Certificate> served, TrustBundle bundle) {
    for (int i = 0; i < served.size(); i++) {
      // Envoy takes a trusted intermediate for an anchor.
      if (bundle.roots().contains(served.get(i))) {
        return List.of(served.subList(0, i + 1));
      }
    }
    var paths = new ArrayList<List<X509Certificate>>();
    for (var root : bundle.roots()) {
      if (issued(root, served.isEmpty() ? leaf : served.getLast())) {
        var path = new ArrayList<>(served);
        path.add(root);
        paths.add(path);
      }
    }
    return paths;
  }

  // By name alone: whether it signed is asked of each path, and of each leaf.
  private static boolean issued(X509Certificate root, X509Certificate certificate) {
    return root.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
  }

  private static String issuer(X509Certificate certificate) {
    return SubjectNames.printable(certificate.getIssuerX500Principal().getName());
  }

  private static String name(X509Certificate certificate) {
    return SubjectNames.printable(certificate.getSubjectX500Principal().getName());
  }

  /** Why a peer would refuse this leaf under every path; empty where one path is good. */
  List<String> problems(X509Certificate leaf, Instant now) {
    if (!problems.isEmpty()) {
      return problems;
    }
    var firstRefusal = List.<String>of();
    for (var path : paths) {
      var refusal = problems(path, leaf, now);
      if (refusal.isEmpty()) {
        return refusal;
      }
      firstRefusal = firstRefusal.isEmpty() ? refusal : firstRefusal;
    }
    return firstRefusal;
  }

  private List<String> problems(IssuerPath path, X509Certificate leaf, Instant now) {
    if (!path.signed(leaf)) {
      return List.of("its signature is not that of its issuer '%s'".formatted(issuer(leaf)));
    }
    var found = new ArrayList<>(problems(path, now));
    var end = leaf.getNotAfter().toInstant();
    if (end.isAfter(path.end())) {
      found.add("it ends at %s, after its issuers, which end at %s".formatted(end, path.end()));
    }
    path.refusal(leaf, now).ifPresent(found::add);
    return found;
  }

  private List<String> problems(IssuerPath path, Instant now) {
    if (sound.containsKey(path) && path.isCurrent(now)) {
      return List.of();
    }
    var found = path.problems(now);
    if (found.isEmpty()) {
      sound.put(path, true);
    }
    return found;
  }
}
