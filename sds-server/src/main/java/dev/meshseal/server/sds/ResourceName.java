package dev.meshseal.server.sds;

import dev.meshseal.identity.SpiffeId;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * A name by which Envoy asks for a secret. Three families are known: Kuma's, Kuma's unified naming,
 * and that of SPIRE and Istio.
 */
sealed interface ResourceName {
  /** Kuma's rule for the name of a mesh. */
  Pattern MESH = Pattern.compile("[a-z0-9._-]{1,253}");

  /** As the client wrote it, and as it is answered. */
  String text();

  default SecretKind kind() {
    return switch (this) {
      case MeshIdentity identity -> SecretKind.IDENTITY;
      case OwnIdentity identity -> SecretKind.IDENTITY;
      case SpiffeIdentity identity -> SecretKind.IDENTITY;
      case MeshRoots roots -> SecretKind.TRUST;
      case OwnRoots roots -> SecretKind.TRUST;
      case AllRoots roots -> SecretKind.TRUST;
      case AllTrustDomains roots -> SecretKind.TRUST;
      case TrustDomainRoots roots -> SecretKind.TRUST;
      case Unknown unknown -> SecretKind.UNKNOWN;
    };
  }

  /** The certificate of the asking proxy, as a member of a mesh: Kuma's form. */
  record MeshIdentity(String text, String mesh) implements ResourceName {}

  /** The certificate of the asking proxy, whatever its name: {@code default}. */
  record OwnIdentity(String text) implements ResourceName {}

  /** The certificate of the asking proxy, by its SPIFFE ID. */
  record SpiffeIdentity(String text) implements ResourceName {}

  /** The roots of one mesh. */
  record MeshRoots(String text, String mesh) implements ResourceName {}

  /** The roots of the asking proxy's mesh: {@code ROOTCA}. */
  record OwnRoots(String text) implements ResourceName {}

  /** The roots of every mesh, in one list. */
  record AllRoots(String text) implements ResourceName {}

  /** The roots of every mesh, each for its own trust domain only: {@code ALL}. */
  record AllTrustDomains(String text) implements ResourceName {}

  /** The roots of one trust domain: {@code spiffe://TRUST-DOMAIN}. */
  record TrustDomainRoots(String text, String trustDomain) implements ResourceName {}

  /** None of ours. */
  record Unknown(String text, String reason) implements ResourceName {}

  static ResourceName parse(String text) {
    return switch (text) {
      case "default" -> new OwnIdentity(text);
      case "ROOTCA" -> new OwnRoots(text);
      case "ALL" -> new AllTrustDomains(text);
      case "mesh_ca:secret:all", "system_mtls_ca_all_meshes" -> new AllRoots(text);
      default -> parsePrefixed(text);
    };
  }

  private static ResourceName parsePrefixed(String text) {
    if (text.startsWith("identity_cert:secret:")) {
      return ofMesh(text, "identity_cert:secret:", mesh -> new MeshIdentity(text, mesh));
    }
    if (text.startsWith("mesh_ca:secret:")) {
      return ofMesh(text, "mesh_ca:secret:", mesh -> new MeshRoots(text, mesh));
    }
    if (text.startsWith("system_mtls_identity_")) {
      return ofMesh(text, "system_mtls_identity_", mesh -> new MeshIdentity(text, mesh));
    }
    if (text.startsWith("system_mtls_ca_")) {
      return ofMesh(text, "system_mtls_ca_", mesh -> new MeshRoots(text, mesh));
    }
    if (text.startsWith("spiffe://")) {
      return ofSpiffe(text);
    }
    return new Unknown(text, "no secret has such a name");
  }

  private static ResourceName ofMesh(
      String text, String prefix, Function<String, ResourceName> known) {
    var mesh = text.substring(prefix.length());
    return MESH.matcher(mesh).matches()
        ? known.apply(mesh)
        : new Unknown(text, "'%s' is no name of a mesh".formatted(Words.clean(mesh, 80)));
  }

  private static ResourceName ofSpiffe(String text) {
    try {
      var id = SpiffeId.parse(text);
      return id.path().isEmpty()
          ? new TrustDomainRoots(text, id.trustDomain())
          : new SpiffeIdentity(text);
    } catch (IllegalArgumentException malformed) {
      return new Unknown(text, Words.clean(String.valueOf(malformed.getMessage()), 200));
    }
  }
}
