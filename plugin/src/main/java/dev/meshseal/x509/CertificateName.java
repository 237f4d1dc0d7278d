package dev.meshseal.x509;

import java.security.cert.X509Certificate;
import java.util.Map;
import javax.security.auth.x500.X500Principal;

/** The names of a certificate as a message shows them: one line of visible ASCII (RFC 4514). */
public final class CertificateName {
  // RFC 4514 knows few attributes by name; the JDK shows the others as numbers.
  private static final Map<String, String> NAMES = Map.of("2.5.4.5", "serialNumber");

  private CertificateName() {}

  public static String subject(X509Certificate certificate) {
    return shown(certificate.getSubjectX500Principal());
  }

  public static String issuer(X509Certificate certificate) {
    return shown(certificate.getIssuerX500Principal());
  }

  private static String shown(X500Principal name) {
    return SubjectNames.printable(name.getName(X500Principal.RFC2253, NAMES));
  }
}
