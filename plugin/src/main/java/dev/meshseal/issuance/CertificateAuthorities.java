package dev.meshseal.issuance;

import dev.meshseal.ca.CaException;
import dev.meshseal.ca.CertificateAuthority;
import dev.meshseal.ca.SecretReader;
import dev.meshseal.ca.builtin.BuiltinCa;
import dev.meshseal.ca.builtin.CaKeyStore;
import dev.meshseal.ca.provided.ProvidedCa;
import dev.meshseal.mesh.Backend;
import dev.meshseal.mesh.BackendConf.AcmPca;
import dev.meshseal.mesh.BackendConf.Builtin;
import dev.meshseal.mesh.BackendConf.CertManager;
import dev.meshseal.mesh.BackendConf.Provided;
import dev.meshseal.mesh.BackendConf.Vault;
import dev.meshseal.mesh.Mesh;
import dev.meshseal.x509.CryptoProvider;
import java.time.InstantSource;

/** The one place that knows every kind of backend: a sixth does not compile until it is here. */
public final class CertificateAuthorities implements AuthorityOpener {
  private final SecretReader secrets;
  private final CaKeyStore keys;
  private final CryptoProvider crypto;
  private final InstantSource clock;

  public CertificateAuthorities(
      SecretReader secrets, CaKeyStore keys, CryptoProvider crypto, InstantSource clock) {
    this.secrets = secrets;
    this.keys = keys;
    this.crypto = crypto;
    this.clock = clock;
  }

  @Override
  public CertificateAuthority open(Mesh mesh, Backend backend) {
    return switch (backend.conf()) {
      case Builtin conf -> BuiltinCa.open(mesh, backend, conf, keys, crypto, clock);
      case Provided conf -> ProvidedCa.open(mesh, backend, conf, secrets, crypto, clock);
      case CertManager conf -> throw notYet(mesh, backend);
      case Vault conf -> throw notYet(mesh, backend);
      case AcmPca conf -> throw notYet(mesh, backend);
    };
  }

  private static CaException notYet(Mesh mesh, Backend backend) {
    return CaException.rejected(
        "mesh '%s' backend '%s' is of type '%s', which this version cannot open; it opens 'builtin' and 'provided'"
            .formatted(mesh.name(), backend.name(), backend.type()));
  }
}
