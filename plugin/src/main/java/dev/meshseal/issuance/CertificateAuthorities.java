package dev.meshseal.issuance;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.ca.CaException;
import dev.meshseal.ca.CertificateAuthority;
import dev.meshseal.ca.SecretReader;
import dev.meshseal.ca.builtin.BuiltinCa;
import dev.meshseal.ca.builtin.CaKeyStore;
import dev.meshseal.ca.certmanager.CertManagerCa;
import dev.meshseal.ca.certmanager.CertificateRequests;
import dev.meshseal.ca.provided.ProvidedCa;
import dev.meshseal.mesh.Backend;
import dev.meshseal.mesh.BackendConf.AcmPca;
import dev.meshseal.mesh.BackendConf.Builtin;
import dev.meshseal.mesh.BackendConf.CertManager;
import dev.meshseal.mesh.BackendConf.Provided;
import dev.meshseal.mesh.BackendConf.Vault;
import dev.meshseal.x509.CryptoProvider;
import java.time.InstantSource;
import java.util.Optional;

/** The one place that knows every kind of backend: a sixth does not compile until it is here. */
public final class CertificateAuthorities implements AuthorityOpener {
  private final SecretReader secrets;
  private final CaKeyStore keys;
  private final Optional<CertificateRequests> requests;
  private final CryptoProvider crypto;
  private final InstantSource clock;

  /**
   * @param requests empty where there is no Kubernetes
   */
  public CertificateAuthorities(
      SecretReader secrets,
      CaKeyStore keys,
      Optional<CertificateRequests> requests,
      CryptoProvider crypto,
      InstantSource clock) {
    this.secrets = secrets;
    this.keys = keys;
    this.requests = requests;
    this.crypto = crypto;
    this.clock = clock;
  }

  @Override
  public CertificateAuthority open(BackendRef ref, Backend backend) {
    return switch (backend.conf()) {
      case Builtin conf -> BuiltinCa.open(ref, conf, keys, crypto, clock);
      case Provided conf -> ProvidedCa.open(ref, conf, secrets, crypto, clock);
      case CertManager conf ->
          CertManagerCa.open(
              ref, backend, conf, requests.orElseThrow(() -> outside(ref)), secrets, crypto, clock);
      case Vault conf -> throw notYet(ref, backend);
      case AcmPca conf -> throw notYet(ref, backend);
    };
  }

  private static CaException outside(BackendRef ref) {
    return CaException.rejected(
        "%s is of type 'certmanager', which needs a Kubernetes API server; start the server with --kubernetes"
            .formatted(ref));
  }

  private static CaException notYet(BackendRef ref, Backend backend) {
    return CaException.rejected(
        "%s is of type '%s', which this version cannot open; it opens 'builtin', 'provided' and 'certmanager'"
            .formatted(ref, backend.type()));
  }
}
