package dev.meshseal.ca.certmanager;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.mesh.BackendConf.CertManager.IssuerRef;
import java.time.Duration;
import java.util.function.Supplier;

/** The little of cert-manager that the backend needs. Methods may block; all are thread-safe. */
public interface CertificateRequests {
  /** The namespace in which requests are created, and in which an {@code Issuer} must be. */
  String namespace();

  /**
   * Creates a request, waits for its end, and sees to it that it is deleted, whatever its end. May
   * keep the caller waiting for its turn, as long as that takes.
   *
   * @param request called once, when its turn has come
   * @param timeout how long to wait for the end, counted from the turn
   */
  Outcome issue(BackendRef backend, Supplier<CertificateRequest> request, Duration timeout);

  /**
   * What is known of an issuer. Reads it the first time; from then on it is watched, and the mesh
   * hears of every change.
   */
  IssuerState issuer(BackendRef backend, IssuerRef issuer);
}
