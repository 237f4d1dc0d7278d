package dev.meshseal.kubernetes.resources;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.mesh.Document;
import dev.meshseal.mesh.Documents;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class ClusterObjectTest {
  private static ClusterObject mesh(String json) {
    return ClusterObject.of(ClusterObject.Kind.MESH, JsonMapper.shared().readTree(json));
  }

  private static ClusterObject secret(String json) {
    return ClusterObject.of(ClusterObject.Kind.SECRET, JsonMapper.shared().readTree(json));
  }

  @Test
  void keepsOfAMeshWhatDeclaresSomething() {
    var mesh =
        mesh(
            """
            {"apiVersion": "kuma.io/v1alpha1", "kind": "Mesh",
             "metadata": {"name": "default", "uid": "u", "generation": 3, "resourceVersion": "9",
               "labels": {"meshseal.dev/identity": "svid", "team": "a"},
               "annotations": {"meshseal.dev/spiffe-path": "/x", "note": "two\\nlines"},
               "managedFields": [{"manager": "kubectl"}]},
             "spec": {"mtls": {"enabledBackend": "a"}, "metrics": {"large": [1, 2, 3]}},
             "status": {"observedGeneration": 3}}
            """);

    assertThat(mesh.json())
        .isEqualTo(
            """
            {"apiVersion":"kuma.io/v1alpha1","kind":"Mesh","metadata":{"name":"default",\
            "labels":{"meshseal.dev/identity":"svid"},\
            "annotations":{"meshseal.dev/spiffe-path":"/x"}},\
            "spec":{"mtls":{"enabledBackend":"a"},"metrics":null}}""");
    assertThat(mesh.uid()).isEqualTo("u");
    assertThat(mesh.generation()).isEqualTo(3);
    assertThat(mesh.resourceVersion()).isEqualTo("9");
    assertThat(mesh.place()).isEqualTo("Mesh default");
  }

  @Test
  void isTheSameWhenOnlyItsStatusHasChanged() {
    var before =
        mesh("{\"metadata\": {\"name\": \"a\", \"resourceVersion\": \"1\"}, \"spec\": {}}");
    var after =
        mesh(
            "{\"metadata\": {\"name\": \"a\", \"resourceVersion\": \"2\"}, \"spec\": {}, \"status\": {\"x\": 1}}");

    assertThat(after.json()).isEqualTo(before.json());
  }

  @Test
  void holdsNothingOfASecretButItsValue() {
    var secret =
        secret(
            """
            {"metadata": {"name": "s", "namespace": "n", "labels": {"kuma.io/mesh": "m", "x": "y"}},
             "type": "system.kuma.io/secret", "data": {"value": "YQ==", "other": "c2VjcmV0"}}
            """);

    assertThat(secret.json())
        .isEqualTo(
            """
            {"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","labels":{"kuma.io/mesh":"m"}},\
            "type":"system.kuma.io/secret","data":{"value":"YQ==","other":null}}""");
    assertThat(secret.place()).isEqualTo("Secret n/s");
    assertThat(secret.toString()).doesNotContain("YQ");
  }

  @Test
  void namesTheFieldsThatMeanNothingAndRefusesWhatStandsInTheWrongPlace() {
    var ignored =
        (Document.Valid)
            read(mesh("{\"metadata\": {\"name\": \"a\"}, \"spec\": {\"metrics\": {}}}"));
    var refused =
        (Document.Refused)
            read(mesh("{\"metadata\": {\"name\": \"a\"}, \"mtls\": {\"enabledBackend\": \"b\"}}"));

    assertThat(ignored.notes()).containsExactly("ignored: spec.metrics");
    assertThat(refused.violations().getFirst())
        .hasToString("mtls: in a Kubernetes Mesh it stands under spec: write it as spec.mtls");
    assertThat(refused.at()).hasToString("Mesh a");
  }

  @Test
  void survivesObjectsThatAreNone() {
    for (var json : new String[] {"null", "1", "[]", "{}", "{\"metadata\": 1, \"data\": []}"}) {
      assertThat(read(mesh(json))).isInstanceOf(Document.Refused.class);
      assertThat(read(secret(json))).isNotInstanceOf(Document.Valid.class);
    }
  }

  private static Document read(ClusterObject object) {
    return Documents.readObject(object.place(), object.bytes());
  }
}
