package dev.meshseal.server.bootstrap;

/** The names by which the sidecar asks for its own certificate and for the roots to trust. */
public record SecretNames(String identity, String ca) {
  /** Kuma's, for which the certificate carries {@code spiffe://} and {@code kuma://} URIs. */
  public static SecretNames kuma(String mesh) {
    return new SecretNames("identity_cert:secret:" + mesh, "mesh_ca:secret:" + mesh);
  }

  /** Istio's and SPIRE's, for which the certificate is an X509-SVID with one SPIFFE ID. */
  public static SecretNames svid() {
    return new SecretNames("default", "ROOTCA");
  }
}
