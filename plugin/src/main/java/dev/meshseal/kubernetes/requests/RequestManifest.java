package dev.meshseal.kubernetes.requests;

import dev.meshseal.ca.certmanager.CertificateRequest;
import dev.meshseal.kubernetes.ApiPath;
import dev.meshseal.kubernetes.JsonApi;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A request as cert-manager's API has it. */
final class RequestManifest {
  static final String GROUP = "cert-manager.io";
  static final String VERSION = "v1";
  static final ApiPath PATH = ApiPath.of(GROUP, VERSION, "certificaterequests");

  private RequestManifest() {}

  /** What all requests of an instance bear, and no others. */
  static Map<String, String> labelsOf(String instance) {
    return Map.of(Labels.MANAGED_BY, Labels.MESHSEAL, Labels.INSTANCE, Labels.value(instance));
  }

  static JsonNode of(String name, String instance, Instant deadline, CertificateRequest request) {
    var resource = JsonApi.json().objectNode();
    resource.put("apiVersion", GROUP + "/" + VERSION).put("kind", "CertificateRequest");
    metadata(resource.putObject("metadata").put("name", name), instance, deadline, request);
    spec(resource.putObject("spec"), request);
    return resource;
  }

  private static void metadata(
      ObjectNode metadata, String instance, Instant deadline, CertificateRequest request) {
    var dataplane = request.identity().id();
    var labels = metadata.putObject("labels");
    labelsOf(instance).forEach(labels::put);
    labels
        .put(Labels.MESH, Labels.value(request.backend().mesh()))
        .put(Labels.BACKEND, Labels.value(request.backend().name()))
        .put(Labels.DATAPLANE, Labels.value(dataplane.name()));
    metadata
        .putObject("annotations")
        .put(Labels.SPIFFE_ID, request.identity().uris().getFirst())
        .put(Labels.DATAPLANE, dataplane.toString())
        .put(Labels.BACKEND, request.backend().name())
        .put(Labels.DEADLINE, deadline.toString());
  }

  private static void spec(ObjectNode spec, CertificateRequest request) {
    var issuer = request.issuer();
    var csr = request.csr().getBytes(StandardCharsets.US_ASCII);
    spec.put("request", Base64.getEncoder().encodeToString(csr))
        .put("duration", request.lifetime().toSeconds() + "s")
        .put("isCA", false);
    request.usages().forEach(spec.putArray("usages")::add);
    spec.putObject("issuerRef")
        .put("name", issuer.name())
        .put("kind", issuer.kind())
        .put("group", issuer.group());
  }
}
