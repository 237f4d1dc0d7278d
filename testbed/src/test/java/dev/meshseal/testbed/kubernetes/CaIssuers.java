package dev.meshseal.testbed.kubernetes;

/**
 * The chain that cert-manager's users make first: SelfSigned, a CA certificate, and its CA issuer.
 */
public record CaIssuers(TestCluster cluster) {
  /** Makes an {@code Issuer} of kind CA whose root is new; blocks until it is ready. */
  public void make(String namespace, String name) {
    makeRoot(namespace, name);
    issuer(namespace, name, name + "-root");
  }

  /** As above, with an intermediate CA between the root and the leaves. */
  public void makeIntermediate(String namespace, String name) {
    make(namespace, name + "-root-issuer");
    cluster.apply(certificate(namespace, name + "-intermediate", name + "-root-issuer"));
    awaitCertificate(namespace, name + "-intermediate");
    issuer(namespace, name, name + "-intermediate");
  }

  /** Makes a {@code ClusterIssuer}; its Secret is in cert-manager's namespace. */
  public void makeClusterWide(String name) {
    makeRoot("cert-manager", name);
    cluster.apply(
        """
        apiVersion: cert-manager.io/v1
        kind: ClusterIssuer
        metadata: {name: %1$s}
        spec: {ca: {secretName: %1$s-root}}
        """
            .formatted(name));
    await("/apis/cert-manager.io/v1/clusterissuers/" + name);
  }

  private void makeRoot(String namespace, String name) {
    cluster.apply(
        """
        apiVersion: cert-manager.io/v1
        kind: Issuer
        metadata: {name: %s-self-signed, namespace: %s}
        spec: {selfSigned: {}}
        """
            .formatted(name, namespace));
    cluster.apply(certificate(namespace, name + "-root", name + "-self-signed"));
    awaitCertificate(namespace, name + "-root");
  }

  private static String certificate(String namespace, String name, String issuer) {
    return """
    apiVersion: cert-manager.io/v1
    kind: Certificate
    metadata: {name: %1$s, namespace: %2$s}
    spec:
      isCA: true
      commonName: %1$s
      secretName: %1$s
      duration: 87600h
      privateKey: {algorithm: ECDSA, size: 256, rotationPolicy: Always}
      issuerRef: {name: %3$s}
    """
        .formatted(name, namespace, issuer);
  }

  private void issuer(String namespace, String name, String secret) {
    cluster.apply(
        """
        apiVersion: cert-manager.io/v1
        kind: Issuer
        metadata: {name: %s, namespace: %s}
        spec: {ca: {secretName: %s}}
        """
            .formatted(name, namespace, secret));
    await("/apis/cert-manager.io/v1/namespaces/%s/issuers/%s".formatted(namespace, name));
  }

  private void awaitCertificate(String namespace, String name) {
    await("/apis/cert-manager.io/v1/namespaces/%s/certificates/%s".formatted(namespace, name));
  }

  private void await(String path) {
    Conditions.await(cluster.api(), path, "Ready", "True");
  }
}
