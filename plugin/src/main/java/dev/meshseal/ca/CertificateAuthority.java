package dev.meshseal.ca;

import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.x509.IdentityCertificate;
import dev.meshseal.x509.TrustBundle;
import java.time.Duration;

/**
 * Issues for one backend of one mesh. Calls may block, up to the backend's own time limit, and may
 * be made from any thread.
 */
public interface CertificateAuthority {
  /**
   * The roots that verify everything this authority issues now.
   *
   * @throws CaException rejected if asking again cannot help, unavailable if it may
   */
  TrustBundle trustBundle();

  /**
   * A fresh key and a certificate for it. The authority may shorten the lifetime, never lengthen
   * it.
   *
   * @throws CaException rejected if asking again cannot help, unavailable if it may
   */
  IdentityCertificate issue(DataplaneIdentity identity, Duration lifetime);
}
