package dev.meshseal.testbed.kubernetes;

/** Definitions of the Mesh, and Meshes. */
public final class MeshCrd {
  static final String NAME = "meshes.kuma.io";
  private static final String PATH =
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/" + NAME;

  /** As Kuma's own: it lets everything in, and has no status of its own. */
  public static final String PERMISSIVE =
      """
      apiVersion: apiextensions.k8s.io/v1
      kind: CustomResourceDefinition
      metadata: {name: meshes.kuma.io}
      spec:
        group: kuma.io
        scope: Cluster
        names: {kind: Mesh, listKind: MeshList, plural: meshes, singular: mesh}
        versions:
          - name: v1alpha1
            served: true
            storage: true
            schema:
              openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}
      """;

  private MeshCrd() {}

  public static void install(TestCluster cluster, String definition) {
    cluster.apply(definition);
    Conditions.await(cluster.api(), PATH, "Established", "True");
  }

  /** Removes every Mesh there is. */
  static void removeMeshes(TestCluster cluster) {
    for (var name : cluster.api().names("/apis/kuma.io/v1alpha1/meshes")) {
      cluster.api().delete("/apis/kuma.io/v1alpha1/meshes/" + name).require();
    }
  }

  public static String builtin(String mesh, String backend) {
    return """
    apiVersion: kuma.io/v1alpha1
    kind: Mesh
    metadata: {name: %s}
    spec:
      mtls:
        enabledBackend: %s
        backends: [{name: %s, type: builtin}]
    """
        .formatted(mesh, backend, backend);
  }

  static String provided(String mesh, String certSecret, String keySecret) {
    return """
    apiVersion: kuma.io/v1alpha1
    kind: Mesh
    metadata: {name: %s}
    spec:
      mtls:
        enabledBackend: ca-1
        backends:
          - name: ca-1
            type: provided
            conf: {cert: {secret: %s}, key: {secret: %s}}
    """
        .formatted(mesh, certSecret, keySecret);
  }

  /**
   * @param fields as in {@code type: Opaque, data: {value: YQ==}}
   * @param label empty for none
   */
  static String secret(String namespace, String name, String label, String fields) {
    return """
    apiVersion: v1
    kind: Secret
    metadata: {namespace: %s, name: %s, labels: {%s}}
    %s
    """
        .formatted(
            namespace,
            name,
            label.isEmpty() ? "" : "kuma.io/mesh: " + label,
            String.join("\n", fields.split(", ", -1)));
  }
}
