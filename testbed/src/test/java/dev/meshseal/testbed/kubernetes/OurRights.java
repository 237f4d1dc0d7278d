package dev.meshseal.testbed.kubernetes;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The rights that Meshes, Secrets, authorities and statuses need, each of which can be left out.
 */
final class OurRights {
  /**
   * One verb on one resource.
   *
   * @param clusterWide by a ClusterRole, else by a Role in the system namespace
   */
  record Right(String verb, String group, String resource, boolean clusterWide) {
    @Override
    public String toString() {
      return verb + " " + resource;
    }
  }

  static final List<Right> ALL =
      List.of(
          new Right("list", "kuma.io", "meshes", true),
          new Right("watch", "kuma.io", "meshes", true),
          new Right("get", "kuma.io", "meshes", true),
          new Right("patch", "kuma.io", "meshes/status", true),
          new Right("create", "", "events", true),
          new Right("patch", "", "events", true),
          new Right("list", "", "secrets", false),
          new Right("watch", "", "secrets", false),
          new Right("get", "", "secrets", false),
          new Right("create", "", "secrets", false));

  private final TestCluster cluster;
  private final String namespace;

  OurRights(TestCluster cluster, String namespace) {
    this.cluster = cluster;
    this.namespace = namespace;
  }

  /** Makes the account, with some of the rights, and returns how to be it. */
  Path account(String name, Predicate<Right> granted, Path folder) {
    cluster.apply(
        """
        apiVersion: v1
        kind: ServiceAccount
        metadata: {namespace: %1$s, name: %2$s}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata: {name: %1$s-%2$s}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: %1$s-%2$s}
        subjects: [{kind: ServiceAccount, namespace: %1$s, name: %2$s}]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {namespace: %1$s, name: %2$s}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: %2$s}
        subjects: [{kind: ServiceAccount, namespace: %1$s, name: %2$s}]
        """
            .formatted(namespace, name));
    grant(name, granted);
    var token = cluster.serviceAccountToken(namespace, name);
    return cluster.kubeconfigWith(token, namespace, folder.resolve(name + ".kubeconfig"));
  }

  /** From now on the account has these rights, and no others. */
  void grant(String name, Predicate<Right> granted) {
    cluster.apply(
        """
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata: {name: %1$s-%2$s}
        rules: [%3$s]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata: {namespace: %1$s, name: %2$s}
        rules: [%4$s]
        """
            .formatted(
                namespace,
                name,
                rules(right -> right.clusterWide() && granted.test(right)),
                rules(right -> !right.clusterWide() && granted.test(right))));
    var user = "system:serviceaccount:%s:%s".formatted(namespace, name);
    ALL.stream()
        .filter(granted)
        .forEach(
            right ->
                cluster.awaitRight(user, namespace, right.verb(), right.group(), right.resource()));
  }

  private static String rules(Predicate<Right> wanted) {
    return ALL.stream()
        .filter(wanted)
        .map(
            right ->
                "{apiGroups: ['%s'], resources: ['%s'], verbs: ['%s']}"
                    .formatted(right.group(), right.resource(), right.verb()))
        .collect(Collectors.joining(", "));
  }
}
