package dev.meshseal.issuance;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.ca.CaException;
import dev.meshseal.ca.SecretReader;
import dev.meshseal.mesh.Backend;
import dev.meshseal.mesh.BackendConf.AcmPca;
import dev.meshseal.mesh.BackendConf.Builtin;
import dev.meshseal.mesh.BackendConf.CertManager;
import dev.meshseal.mesh.BackendConf.Provided;
import dev.meshseal.mesh.BackendConf.Vault;
import dev.meshseal.mesh.Mesh;
import dev.meshseal.x509.Fingerprint;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;

/** The authorities that are open, kept by value: what did not change is not opened again. */
final class OpenedBackends {
  private final AuthorityOpener opener;
  private final SecretReader secrets;
  private final Lanes lanes;
  private final Map<BackendRef, OpenedBackend> opened = new ConcurrentHashMap<>();

  OpenedBackends(AuthorityOpener opener, SecretReader secrets, Lanes lanes) {
    this.opener = opener;
    this.secrets = secrets;
    this.lanes = lanes;
  }

  /** As {@link AuthorityOpener#open}, unless the backend is open and nothing of it has changed. */
  OpenedBackend open(Mesh mesh, Backend backend) {
    var id = OpenedBackend.refOf(mesh, backend);
    var content = contentOrRefusal(mesh, backend, id);
    var before = opened.get(id);
    if (before != null && before.backend().equals(backend) && before.content().equals(content)) {
      return before;
    }
    var authority = opener.open(id, backend);
    var now =
        new OpenedBackend(
            id, backend, content, authority, authority.trustBundle(), new Lane(lane(backend)));
    opened.put(id, now);
    return now;
  }

  /** The authority of an open backend has other roots now. */
  void replace(OpenedBackend before, OpenedBackend now) {
    opened.replace(before.id(), before, now);
  }

  /** Lets go of every backend of a mesh but those that are still listed. */
  void keepOnly(String mesh, List<OpenedBackend> listed) {
    opened.values().removeIf(one -> one.id().mesh().equals(mesh) && !listed.contains(one));
  }

  private Executor lane(Backend backend) {
    return switch (backend.conf()) {
      case Builtin conf -> lanes.signing();
      case Provided conf -> lanes.signing();
      // Its requests are paced all together, fair between meshes.
      case CertManager conf -> lanes.waiting();
      case Vault conf -> lanes.remote();
      case AcmPca conf -> lanes.remote();
    };
  }

  private String contentOrRefusal(Mesh mesh, Backend backend, BackendRef id) {
    try {
      return content(mesh.name(), backend);
    } catch (CaException unread) {
      // Whoever opens it says where the source stands, and what else is wrong.
      opener.open(id, backend);
      throw unread;
    }
  }

  private String content(String mesh, Backend backend) {
    return Fingerprint.of(
        backend.conf().sources().stream()
            .map(source -> Fingerprint.of(secrets.read(mesh, source)))
            .collect(Collectors.joining()));
  }
}
