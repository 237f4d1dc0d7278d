package dev.meshseal.ca.certmanager;

import dev.meshseal.mesh.BackendConf.CertManager.IssuerRef;
import java.util.Locale;

/** An issuer as messages name it. */
record IssuerWords(IssuerRef issuer, String namespace) {
  static final String CERT_MANAGER = "cert-manager.io";

  boolean isCertManagersOwn() {
    return issuer.group().equals(CERT_MANAGER);
  }

  /** The signer whose requests an approver may be allowed to approve. */
  String signer() {
    return "%ss.%s/*".formatted(issuer.kind().toLowerCase(Locale.ROOT), issuer.group());
  }

  @Override
  public String toString() {
    if (!isCertManagersOwn()) {
      return "%s '%s' of group '%s'".formatted(issuer.kind(), issuer.name(), issuer.group());
    }
    return issuer.kind().equals("Issuer")
        ? "Issuer '%s' in namespace '%s'".formatted(issuer.name(), namespace)
        : "%s '%s'".formatted(issuer.kind(), issuer.name());
  }
}
