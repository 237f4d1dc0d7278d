package dev.meshseal.ca.certmanager;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.mesh.BackendConf.CertManager.IssuerRef;
import java.time.Duration;
import java.util.List;

/**
 * What cert-manager is asked for. Has no key in it.
 *
 * @param csr the request to the authority, PEM
 * @param lifetime always said: an issuer's own default may be months
 * @param usages in cert-manager's words; some issuers choose their template by exactly these
 */
public record CertificateRequest(
    BackendRef backend,
    DataplaneIdentity identity,
    IssuerRef issuer,
    String csr,
    Duration lifetime,
    List<String> usages) {
  private static final String AWS_PCA = "awspca.cert-manager.io";
  private static final List<String> TLS = List.of("server auth", "client auth");
  private static final List<String> SIGNING_AND_TLS =
      List.of("digital signature", "key encipherment", "server auth", "client auth");

  public CertificateRequest {
    usages = List.copyOf(usages);
    if (lifetime.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException(
          "a certificate lives a second at least, asked was " + lifetime);
    }
  }

  /**
   * The usages to ask of the issuers of a group. AWS Private CA's issuer takes the template for
   * leaves of servers and clients for these two alone, else one that gives no usage at all.
   */
  static List<String> usages(String group) {
    return group.equals(AWS_PCA) ? TLS : SIGNING_AND_TLS;
  }
}
