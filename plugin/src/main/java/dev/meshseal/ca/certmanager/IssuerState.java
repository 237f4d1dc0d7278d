package dev.meshseal.ca.certmanager;

import dev.meshseal.mesh.BackendConf.CertManager.IssuerRef;
import java.util.Optional;

/** What is known of a cert-manager issuer. */
public sealed interface IssuerState {
  /**
   * It can be asked.
   *
   * @param type the member of its spec that says what it is, as in {@code ca} or {@code
   *     selfSigned}; empty for an issuer that is not cert-manager's own
   */
  record Ready(Optional<String> type) implements IssuerState {}

  /** It cannot be asked yet. */
  record NotReady(Optional<String> type, String reason, String message) implements IssuerState {}

  /**
   * There is none.
   *
   * @param namesake one of that name, of the other kind
   */
  record Absent(Optional<IssuerRef> namesake) implements IssuerState {}

  /** The API server knows no such kind of issuer. */
  record NoSuchKind(String message) implements IssuerState {}

  /** We may not read it; whether it can be asked, asking will show. */
  record Forbidden(String message) implements IssuerState {}

  /** It could not be read just now. */
  record Unavailable(String message) implements IssuerState {}
}
