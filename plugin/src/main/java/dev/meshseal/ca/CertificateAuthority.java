package dev.meshseal.ca;

import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.x509.IdentityCertificate;
import dev.meshseal.x509.LeafRequest;
import dev.meshseal.x509.TrustBundle;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Issues for one backend of one mesh. Issuing may block, up to the backend's own time limit; calls
 * may be made from any thread.
 */
public interface CertificateAuthority {
  /**
   * The roots that verify everything this authority issues now. They are known since it was opened,
   * and may be others after an issue than before it. Never blocks.
   */
  TrustBundle trustBundle();

  /**
   * The authorities between a root and the leaves, the one that signs leaves first; empty where a
   * root signs them, and where they are not known yet. Never blocks.
   */
  default List<X509Certificate> intermediates() {
    return List.of();
  }

  /**
   * A fresh key and a certificate for it. The authority may shorten the lifetime, never lengthen
   * it.
   *
   * @throws CaException rejected if asking again cannot help, unavailable if it may
   */
  IdentityCertificate issue(DataplaneIdentity identity, Duration lifetime);

  /**
   * As {@link #issue(DataplaneIdentity, Duration)}, for an authority that lets its callers wait for
   * their turn.
   *
   * @param wanted whether the certificate is still of use, asked when the turn has come; if not,
   *     this ends with a {@link CaException}, and the authority is not asked
   */
  default IdentityCertificate issue(
      DataplaneIdentity identity, Duration lifetime, BooleanSupplier wanted) {
    return issue(identity, lifetime);
  }

  /**
   * What a certificate for this identity is checked against: the identity alone, unless the
   * operator asked for more.
   */
  default LeafRequest request(DataplaneIdentity identity, Duration lifetime) {
    return LeafRequest.of(identity, lifetime);
  }

  /**
   * Looks again whether it can issue now, where that is for others to say. May block.
   *
   * @return why it cannot; empty where it can, or where only asking will show
   */
  default Optional<String> waitsFor() {
    return Optional.empty();
  }

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
