package dev.meshseal.ca;

import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.x509.IdentityCertificate;
import dev.meshseal.x509.TrustBundle;
import java.time.Duration;
import java.util.Optional;

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

  /**
   * A sentence for the operator where this authority works now, and will not for long. Never
   * blocks.
   *
   * @param leafLifetime what its leaves are asked for
   */
  default Optional<String> warning(Duration leafLifetime) {
    return Optional.empty();
  }
}
