package dev.meshseal.kubernetes.resources;

import dev.meshseal.kubernetes.JsonApi;
import dev.meshseal.mesh.Mesh;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The status that a Mesh should have, beside the one it has. Conditions of others are kept; the
 * time of a condition changes only with what it says.
 */
record StatusPatch(
    ClusterObject mesh, List<MeshState.Condition> conditions, Optional<Mesh> inForce) {

  static Optional<StatusPatch> of(MeshState state) {
    return state
        .object()
        .map(seen -> new StatusPatch(seen.mesh(), state.conditions(), state.inForce()));
  }

  /** Whether the Mesh says all of this already. */
  boolean isThere() {
    var status = mesh.status();
    return status.path("observedGeneration").asLong(0) == mesh.generation()
        && status.path("enabledBackend").path("name").asString("").equals(backend("name"))
        && status.path("enabledBackend").path("type").asString("").equals(backend("type"))
        && conditions.stream().allMatch(wanted -> isSame(wanted, current(wanted.type())));
  }

  /** Whether only words differ, as where a failure is told in another way each time. */
  boolean isRewording() {
    return conditions.stream()
        .allMatch(
            wanted -> {
              var now = current(wanted.type());
              return now.path("status").asString("").equals(wanted.truth().toString())
                  && now.path("reason").asString("").equals(wanted.reason())
                  && now.path("observedGeneration").asLong(0) == mesh.generation();
            });
  }

  /** To be merged; refused by the API server if somebody else was quicker. */
  ObjectNode patch(Instant now) {
    var patch = JsonApi.json().objectNode();
    patch.putObject("metadata").put("resourceVersion", mesh.resourceVersion());
    var status = patch.putObject("status");
    status.put("observedGeneration", mesh.generation());
    if (inForce.flatMap(Mesh::issuing).isPresent()) {
      status.putObject("enabledBackend").put("name", backend("name")).put("type", backend("type"));
    } else {
      status.putNull("enabledBackend");
    }
    var all = status.putArray("conditions");
    conditions.forEach(wanted -> all.add(written(wanted, now)));
    others().forEach(all::add);
    return patch;
  }

  private String backend(String what) {
    return inForce
        .flatMap(Mesh::issuing)
        .map(backend -> what.equals("name") ? backend.name() : backend.conf().type())
        .orElse("");
  }

  private ObjectNode written(MeshState.Condition wanted, Instant now) {
    var before = current(wanted.type());
    var since =
        before.path("status").asString("").equals(wanted.truth().toString())
            ? before.path("lastTransitionTime").asString("")
            : "";
    return JsonApi.json()
        .objectNode()
        .put("type", wanted.type())
        .put("status", wanted.truth().toString())
        .put("observedGeneration", mesh.generation())
        .put(
            "lastTransitionTime",
            since.isEmpty() ? now.truncatedTo(ChronoUnit.SECONDS).toString() : since)
        .put("reason", wanted.reason())
        .put("message", wanted.message());
  }

  private boolean isSame(MeshState.Condition wanted, JsonNode now) {
    return now.path("status").asString("").equals(wanted.truth().toString())
        && now.path("reason").asString("").equals(wanted.reason())
        && now.path("message").asString("").equals(wanted.message())
        && now.path("observedGeneration").asLong(0) == mesh.generation();
  }

  private JsonNode current(String type) {
    for (var condition : mesh.status().path("conditions")) {
      if (condition.path("type").asString("").equals(type)) {
        return condition;
      }
    }
    return JsonApi.json().missingNode();
  }

  private List<JsonNode> others() {
    var others = new ArrayList<JsonNode>();
    for (var condition : mesh.status().path("conditions")) {
      var type = condition.path("type").asString("");
      if (conditions.stream().noneMatch(ours -> ours.type().equals(type))) {
        others.add(condition);
      }
    }
    return others;
  }
}
