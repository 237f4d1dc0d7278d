package dev.meshseal.kubernetes.pods;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Objects as the API server has them. */
final class Objects {
  private Objects() {}

  static JsonNode json(String text) {
    return JsonMapper.shared().readTree(text);
  }

  /** A pod of namespace {@code shop}, with these labels, in this version. */
  static JsonNode pod(String name, String uid, String labels, int version) {
    return json(
        """
        {"metadata": {"namespace": "shop", "name": "%s", "uid": "%s", "labels": {%s},
                      "resourceVersion": "%d"},
         "spec": {"serviceAccountName": "web", "containers": [
            {"name": "app", "ports": [{"name": "http", "containerPort": 8080},
                                      {"name": "dns", "protocol": "UDP", "containerPort": 53}]}]},
         "status": {"phase": "Running"}}
        """
            .formatted(name, uid, labels, version));
  }

  static JsonNode inPhase(String phase, JsonNode pod) {
    ((ObjectNode) pod.path("status")).put("phase", phase);
    return pod;
  }

  static JsonNode service(String name, String spec) {
    return json(
        """
        {"metadata": {"namespace": "shop", "name": "%s"}, "spec": {%s}}
        """
            .formatted(name, spec));
  }

  static JsonNode namespace(String name, String labels) {
    return json(
        """
        {"metadata": {"name": "%s", "labels": {%s}}}
        """
            .formatted(name, labels));
  }
}
