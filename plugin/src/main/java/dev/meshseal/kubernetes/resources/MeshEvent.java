package dev.meshseal.kubernetes.resources;

import dev.meshseal.kubernetes.ApiPath;
import dev.meshseal.kubernetes.JsonApi;
import dev.meshseal.x509.Fingerprint;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import tools.jackson.databind.node.ObjectNode;

/**
 * An Event about a Mesh. Its name is made of what it says, so that all replicas, and a server that
 * starts again, tell it once.
 *
 * @param reporter which of the replicas tells it
 */
record MeshEvent(ClusterObject mesh, MeshState.Condition told, String reporter) {
  /** Where the Events of what belongs to no namespace are. */
  static final ApiPath EVENTS = ApiPath.of("", "v1", "events").in("default");

  private static final int LONGEST = 1_024;

  String name() {
    var said =
        "%s %d %s %s".formatted(mesh.uid(), mesh.generation(), told.reason(), told.message());
    var name = mesh.name().length() <= 200 ? mesh.name() : mesh.name().substring(0, 200);
    return name + ".x" + Fingerprint.of(said).substring(0, 16);
  }

  /** Whether it only says in other words what was said of the same. */
  boolean isRewordingOf(MeshEvent before) {
    return told.reason().equals(before.told.reason())
        && mesh.uid().equals(before.mesh.uid())
        && mesh.generation() == before.mesh.generation();
  }

  ObjectNode created(Instant now) {
    var event = JsonApi.json().objectNode();
    event.put("apiVersion", "v1").put("kind", "Event");
    event.putObject("metadata").put("name", name()).put("namespace", "default");
    event
        .putObject("involvedObject")
        .put("apiVersion", "kuma.io/v1alpha1")
        .put("kind", "Mesh")
        .put("name", mesh.name())
        .put("uid", mesh.uid())
        .put("resourceVersion", mesh.resourceVersion());
    event
        .put("type", told.truth() == MeshState.Truth.TRUE ? "Normal" : "Warning")
        .put("reason", told.reason())
        .put("message", shortened(told.message()))
        .put("firstTimestamp", second(now))
        .put("reportingComponent", "meshseal.dev/meshseal")
        .put("reportingInstance", reporter);
    event.putObject("source").put("component", "meshseal").put("host", reporter);
    return again(event, 1, now);
  }

  /** That the same has happened once more. */
  ObjectNode again(int count, Instant now) {
    return again(JsonApi.json().objectNode(), count, now);
  }

  private static ObjectNode again(ObjectNode event, int count, Instant now) {
    return event.put("count", count).put("lastTimestamp", second(now));
  }

  private static String second(Instant now) {
    return now.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private static String shortened(String message) {
    return message.length() <= LONGEST ? message : message.substring(0, LONGEST - 3) + "...";
  }
}
