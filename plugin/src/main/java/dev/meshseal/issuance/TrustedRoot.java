package dev.meshseal.issuance;

import java.security.cert.X509Certificate;
import java.time.Instant;

/** One root that a mesh trusts, and why. */
public record TrustedRoot(X509Certificate root, Reason reason) {
  /** Why a root is in the bundle. */
  public sealed interface Reason {
    /** A backend that the Mesh lists has it. */
    record Listed(String backend) implements Reason {}

    /** A backend had it, and the last leaf issued under it may live until then. */
    record Retiring(String backend, Instant until) implements Reason {}
  }
}
