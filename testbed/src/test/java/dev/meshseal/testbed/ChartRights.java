package dev.meshseal.testbed;

import dev.meshseal.testbed.kubernetes.TestCluster;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The server's account with its rights, as the chart has them, of which one can be left out. */
record ChartRights(TestCluster cluster, String namespace, List<JsonNode> objects) {
  private static final List<String> VALUES = List.of("crds.applied=true");
  private static final Set<String> ROLES = Set.of("Role", "ClusterRole");
  private static final Set<String> KINDS =
      Set.of("ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding");

  /** Where a right holds. */
  enum Where {
    SYSTEM_NAMESPACE,
    DEFAULT_NAMESPACE,
    CLUSTER
  }

  /** One verb on one resource. */
  record Right(Where where, String group, String resource, String verb) {
    /** What an operator without it is told to do. */
    String grant(String namespace) {
      var by =
          switch (where) {
            case SYSTEM_NAMESPACE -> "Role in namespace '%s'".formatted(namespace);
            case DEFAULT_NAMESPACE -> "Role in namespace 'default'";
            case CLUSTER -> "ClusterRole";
          };
      return "grant verb '%s' on '%s' of API group '%s' by a %s"
          .formatted(verb, resource, group, by);
    }

    @Override
    public String toString() {
      return verb + " " + resource;
    }
  }

  static ChartRights in(TestCluster cluster, String namespace) {
    return new ChartRights(cluster, namespace, render(namespace));
  }

  /** Every right of the chart, one by one. */
  static List<Right> all() {
    return render("rights").stream()
        .filter(object -> ROLES.contains(kind(object)))
        .flatMap(role -> role.path("rules").valueStream().flatMap(rule -> rights(role, rule)))
        .toList();
  }

  /** Gives the account all but one, and says how to be it. */
  Path grantAllBut(Optional<Right> missing, Path folder) {
    var yaml =
        objects.stream()
            .map(object -> without(missing, object).toString())
            .collect(Collectors.joining("\n---\n"));
    cluster.apply(yaml);
    var token = cluster.serviceAccountToken(namespace, account());
    return cluster.kubeconfigWith(token, namespace, folder.resolve(namespace + ".kubeconfig"));
  }

  /** The account, as the API server calls it. */
  String user() {
    return "system:serviceaccount:%s:%s".formatted(namespace, account());
  }

  private String account() {
    return objects.stream()
        .filter(object -> kind(object).equals("ServiceAccount"))
        .map(ChartRights::name)
        .findFirst()
        .orElseThrow();
  }

  // That of cert-manager's approver is not the server's.
  private static List<JsonNode> render(String namespace) {
    return Chart.ofThisTree().objectsIn(namespace, VALUES).stream()
        .filter(object -> KINDS.contains(kind(object)))
        .filter(object -> !name(object).endsWith("-approver"))
        .toList();
  }

  private static JsonNode without(Optional<Right> missing, JsonNode object) {
    if (!ROLES.contains(kind(object)) || missing.isEmpty()) {
      return object;
    }
    var role = (ObjectNode) object.deepCopy();
    var rules = JsonMapper.shared().createArrayNode();
    for (var rule : object.path("rules")) {
      rights(object, rule)
          .filter(right -> !right.equals(missing.get()))
          .forEach(right -> rules.add(rule(right, rule.path("resourceNames"))));
    }
    role.set("rules", rules);
    return role;
  }

  private static ObjectNode rule(Right right, JsonNode names) {
    var rule = JsonMapper.shared().createObjectNode();
    rule.putArray("apiGroups").add(right.group());
    rule.putArray("resources").add(right.resource());
    rule.putArray("verbs").add(right.verb());
    if (!names.isMissingNode()) {
      rule.set("resourceNames", names);
    }
    return rule;
  }

  private static Stream<Right> rights(JsonNode role, JsonNode rule) {
    return texts(rule, "apiGroups")
        .flatMap(
            group ->
                texts(rule, "resources")
                    .flatMap(
                        resource ->
                            texts(rule, "verbs")
                                .map(verb -> new Right(where(role), group, resource, verb))));
  }

  private static Where where(JsonNode role) {
    if (kind(role).equals("ClusterRole")) {
      return Where.CLUSTER;
    }
    return role.path("metadata").path("namespace").asString().equals("default")
        ? Where.DEFAULT_NAMESPACE
        : Where.SYSTEM_NAMESPACE;
  }

  private static Stream<String> texts(JsonNode rule, String field) {
    return rule.path(field).valueStream().map(JsonNode::asString);
  }

  private static String kind(JsonNode object) {
    return object.path("kind").asString();
  }

  private static String name(JsonNode object) {
    return object.path("metadata").path("name").asString();
  }
}
