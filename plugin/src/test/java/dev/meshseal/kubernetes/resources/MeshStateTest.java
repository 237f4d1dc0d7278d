package dev.meshseal.kubernetes.resources;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.kubernetes.resources.MeshState.Condition;
import dev.meshseal.kubernetes.resources.MeshState.Truth;
import dev.meshseal.mesh.Document;
import dev.meshseal.mesh.Documents;
import dev.meshseal.mesh.Mesh;
import dev.meshseal.testing.FakeClock;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class MeshStateTest {
  private static final String GOOD = mesh(1, "ca-1", "");
  private static final String NEWER = mesh(2, "ca-1", ", \"skipValidation\": true");
  private static final String BAD = mesh(2, "ca-9", "");

  private static String mesh(int generation, String enabled, String more) {
    return """
    {"metadata": {"name": "default", "uid": "u", "generation": %d, "resourceVersion": "7"},
     "spec": {"mtls": {"enabledBackend": "%s", "backends": [{"name": "ca-1", "type": "builtin"}]%s}}}
    """
        .formatted(generation, enabled, more);
  }

  private static ClusterObject object(String json) {
    return ClusterObject.of(ClusterObject.Kind.MESH, JsonMapper.shared().readTree(json));
  }

  private static Document document(String json) {
    return Documents.readObject("Mesh default", object(json).bytes());
  }

  private static Mesh read(String json) {
    return (Mesh) ((Document.Valid) document(json)).resource();
  }

  private static MeshState seen(MeshState state, String json) {
    return state.seen(object(json), document(json));
  }

  @Test
  void saysNothingOfAMeshThatIsNotThere() {
    assertThat(MeshState.UNKNOWN.applied(read(GOOD)).conditions()).isEmpty();
    assertThat(StatusPatch.of(MeshState.UNKNOWN.notApplied("x"))).isEmpty();
  }

  @Test
  void isReadyOnlyWhenWhatIsThereIsInForce() {
    var opening = seen(MeshState.UNKNOWN, GOOD);
    var ready = opening.applied(read(GOOD));
    var waits = ready.notIssuing("the issuer is not Ready");
    assertThat(waits.ready().truth()).isEqualTo(Truth.FALSE);
    assertThat(waits.ready().reason()).isEqualTo("NotIssuing");
    assertThat(waits.issuing()).isEqualTo(ready);
    var older = seen(ready, NEWER);

    assertThat(opening.ready().truth()).isEqualTo(Truth.UNKNOWN);
    assertThat(ready.ready())
        .isEqualTo(
            new Condition(
                "Ready", Truth.TRUE, "MeshApplied", "backend 'ca-1' of type builtin issues"));
    assertThat(older.ready().truth()).isEqualTo(Truth.UNKNOWN);
    assertThat(older.applied(read(GOOD)).ready().truth()).isEqualTo(Truth.UNKNOWN);
    assertThat(older.applied(read(NEWER)).ready().truth()).isEqualTo(Truth.TRUE);
  }

  @Test
  void saysWhatARefusedMeshLeavesInForce() {
    var never = seen(MeshState.UNKNOWN, BAD);
    var before = seen(seen(MeshState.UNKNOWN, GOOD).applied(read(GOOD)), BAD);

    assertThat(never.ready().message()).contains("no earlier version of it in force");
    assertThat(before.ready().message()).contains("the last good version of it stays in force");
    assertThat(before.told().message())
        .isEqualTo("spec.mtls.enabledBackend: is 'ca-9', but the backends are 'ca-1'");
  }

  @Test
  void forgetsAFailureWithTheMeshThatHadItAndNotWithAWriteToItsStatus() {
    var failed = seen(MeshState.UNKNOWN, GOOD).notApplied("vault is sealed");

    assertThat(seen(failed, GOOD).ready().reason()).isEqualTo("BackendNotReady");
    assertThat(seen(failed, NEWER).ready().reason()).isEqualTo("Opening");
  }

  @Test
  void keepsTheTimeOfAConditionWhoseWordsAloneChange() {
    var status =
        """
        , "status": {"observedGeneration": 1, "conditions": [
            {"type": "Ready", "status": "False", "reason": "BackendNotReady", "message": "old",
             "observedGeneration": 1, "lastTransitionTime": "2020-01-01T00:00:00Z"},
            {"type": "Theirs", "status": "True"}]}}
        """;
    var json = GOOD.strip().substring(0, GOOD.strip().length() - 1) + status;
    var patch = StatusPatch.of(seen(MeshState.UNKNOWN, json).notApplied("new")).orElseThrow();

    var conditions = patch.patch(FakeClock.NOON).path("status").path("conditions");

    assertThat(patch.isThere()).isFalse();
    assertThat(conditions.size()).isEqualTo(3);
    assertThat(conditions.path(1).path("message").asString()).isEqualTo("new");
    assertThat(conditions.path(1).path("lastTransitionTime").asString())
        .isEqualTo("2020-01-01T00:00:00Z");
    assertThat(conditions.path(0).path("lastTransitionTime").asString())
        .isEqualTo("2026-11-24T12:00:00Z");
    assertThat(conditions.path(2).path("type").asString()).isEqualTo("Theirs");
  }

  @Test
  void nothingIsLeftToWriteOnceAllIsThere() {
    var state = seen(MeshState.UNKNOWN, GOOD).applied(read(GOOD));
    var status = StatusPatch.of(state).orElseThrow().patch(FakeClock.NOON).path("status");
    var json =
        GOOD.strip().substring(0, GOOD.strip().length() - 1) + ", \"status\": " + status + "}";

    assertThat(StatusPatch.of(state.with(object(json))).orElseThrow().isThere()).isTrue();
    assertThat(StatusPatch.of(state.notApplied("x").with(object(json))).orElseThrow().isThere())
        .isFalse();
  }

  @Test
  void anEventIsNamedByWhatItSays() {
    var told = new Condition("Ready", Truth.FALSE, "BackendNotReady", "vault is sealed");
    var one = new MeshEvent(object(GOOD), told, "a");

    assertThat(new MeshEvent(object(GOOD), told, "b").name()).isEqualTo(one.name());
    assertThat(new MeshEvent(object(NEWER), told, "a").name()).isNotEqualTo(one.name());
    assertThat(one.name()).matches("default\\.x[0-9a-f]{16}");
  }

  @Test
  void shortensWhatNoApiServerWouldTake() {
    var told = new Condition("Ready", Truth.FALSE, "BackendNotReady", "x".repeat(40_000));

    assertThat(told.message()).hasSize(32_768);
    assertThat(
            new MeshEvent(object(GOOD), told, "a")
                .created(FakeClock.NOON)
                .path("message")
                .asString())
        .hasSize(1_024);
  }
}
