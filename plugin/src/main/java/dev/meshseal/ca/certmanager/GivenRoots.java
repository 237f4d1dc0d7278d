package dev.meshseal.ca.certmanager;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.ca.SecretReader;
import dev.meshseal.mesh.BackendConf;
import dev.meshseal.mesh.InvalidMeshException;
import dev.meshseal.mesh.Violation;
import dev.meshseal.x509.CertificateName;
import dev.meshseal.x509.InvalidPemException;
import dev.meshseal.x509.IssuerRules;
import dev.meshseal.x509.Pem;
import dev.meshseal.x509.TrustBundle;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The roots that the operator gave as {@code conf.caCert}. */
final class GivenRoots {
  private static final String PATH = "conf.caCert";

  private GivenRoots() {}

  /**
   * @throws InvalidMeshException if they are not such that a proxy would trust a leaf by them
   * @throws dev.meshseal.ca.CaException if they cannot be read
   */
  static Optional<TrustBundle> read(
      BackendRef backend, BackendConf.CertManager conf, SecretReader secrets, Instant now) {
    return conf.caCert().map(source -> read(backend, secrets.read(backend.mesh(), source), now));
  }

  private static TrustBundle read(BackendRef backend, byte[] pem, Instant now) {
    try {
      var roots = Pem.readCertificates(pem);
      var violations = violations(roots, now);
      if (!violations.isEmpty()) {
        boolean ended = roots.stream().allMatch(root -> IssuerRules.hasEnded(root, now));
        throw new InvalidMeshException(backend.toString(), violations, ended);
      }
      return TrustBundle.of(roots);
    } catch (InvalidPemException invalid) {
      throw new InvalidMeshException(
          backend.toString(), List.of(new Violation(PATH, String.valueOf(invalid.getMessage()))));
    }
  }

  // Each by itself: they need not be one chain.
  private static List<Violation> violations(List<X509Certificate> roots, Instant now) {
    var violations = new ArrayList<Violation>();
    for (int i = 0; i < roots.size(); i++) {
      var path = "%s[%d]".formatted(PATH, i);
      var name = CertificateName.subject(roots.get(i));
      IssuerRules.problems(List.of(roots.get(i)), now)
          .forEach(
              problem ->
                  violations.add(
                      new Violation(path, "'%s' %s".formatted(name, problem.message()))));
    }
    return violations;
  }
}
