package dev.meshseal.testbed.kubernetes;

import dev.meshseal.testbed.Testbed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The real controller of AWS Private CA Issuer on a cluster, in front of what stands for AWS. Its
 * CRDs are applied, and cert-manager may approve for it, as its chart has it. It needs
 * cert-manager's CRDs on the cluster.
 */
public final class AwsPrivateCaIssuer implements AutoCloseable {
  public static final String GROUP = "awspca.cert-manager.io";

  private static final String APPROVAL =
      """
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata: {name: aws-privateca-issuer-approver}
      rules:
        - apiGroups: [cert-manager.io]
          resources: [signers]
          resourceNames:
            - awspcaissuers.awspca.cert-manager.io/*
            - awspcaclusterissuers.awspca.cert-manager.io/*
          verbs: [approve]
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRoleBinding
      metadata: {name: aws-privateca-issuer-approver}
      roleRef:
        {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: aws-privateca-issuer-approver}
      subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: cert-manager}]
      """;

  private final TestCluster cluster;
  private final ChildProcess process;

  private AwsPrivateCaIssuer(TestCluster cluster, ChildProcess process) {
    this.cluster = cluster;
    this.process = process;
  }

  /**
   * Starts it; whether it works is seen when {@link #make} returns.
   *
   * @param aws the environment of its AWS SDK, as {@link Moto#environment} gives it
   */
  public static AwsPrivateCaIssuer start(
      TestCluster cluster, Path folder, Map<String, String> aws) {
    var program = Testbed.path("aws-privateca-issuer");
    applyCrds(cluster, program.resolveSibling("crds"));
    cluster.apply(APPROVAL);
    var command =
        List.of(
            program.toString(),
            "--kubeconfig=" + cluster.kubeconfig("aws-privateca-issuer"),
            "--metrics-bind-address=0",
            "--health-probe-bind-address=0",
            "--disable-client-side-rate-limiting");
    var log = folder.resolve("aws-privateca-issuer.log");
    return new AwsPrivateCaIssuer(cluster, ChildProcess.startWatched(command, aws, log));
  }

  private static void applyCrds(TestCluster cluster, Path folder) {
    try (var files = Files.list(folder)) {
      for (var file : files.sorted().toList()) {
        var yaml = Files.readString(file);
        cluster.apply(yaml);
        Conditions.await(
            cluster.api(),
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/"
                + Manifest.readAll(yaml).getFirst().name(),
            "Established",
            "True");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Makes an {@code AWSPCAIssuer} of a CA, and waits until it is ready. */
  public void make(String namespace, String name, String arn) {
    cluster.apply(
        """
        apiVersion: awspca.cert-manager.io/v1beta1
        kind: AWSPCAIssuer
        metadata: {name: %s, namespace: %s}
        spec: {arn: "%s", region: %s}
        """
            .formatted(name, namespace, arn, Moto.REGION));
    Conditions.await(
        cluster.api(),
        "/apis/awspca.cert-manager.io/v1beta1/namespaces/%s/awspcaissuers/%s"
            .formatted(namespace, name),
        "Ready",
        "True");
  }

  @Override
  public void close() {
    process.stop();
  }
}
