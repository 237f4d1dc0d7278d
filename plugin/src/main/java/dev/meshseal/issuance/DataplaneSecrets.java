package dev.meshseal.issuance;

import dev.meshseal.identity.Dataplane;
import dev.meshseal.identity.IdentityForm;
import dev.meshseal.x509.IdentityCertificate;
import dev.meshseal.x509.TrustBundle;
import java.util.SortedMap;

/**
 * The secrets that one stream may read, as they are now. No method blocks; all are thread-safe.
 *
 * <p>A stream reads the current value itself whenever it is woken, so it can never send an old one
 * last.
 */
public interface DataplaneSecrets extends AutoCloseable {
  /** The proxy's own certificate in one form. Asking for the first time starts its issuance. */
  Answer<IdentityCertificate> identity(IdentityForm form);

  /** The roots of a mesh: of the proxy's own, or of another whose services it may reach. */
  Answer<TrustBundle> trust(String mesh);

  /** The roots of every mesh with mTLS on, by trust domain. */
  Answer<SortedMap<String, TrustBundle>> trustOfAll();

  /** The mesh whose trust domain this is, if any; its name is what {@link #trust} takes. */
  java.util.Optional<String> meshOf(String trustDomain);

  /** The one SPIFFE ID of the proxy, empty where it has none. */
  java.util.Optional<String> spiffeId();

  /** From now on these are the secrets of a proxy whose tags have changed. */
  void become(Dataplane dataplane);

  /** The stream is gone: it is woken no more. */
  @Override
  void close();
}
