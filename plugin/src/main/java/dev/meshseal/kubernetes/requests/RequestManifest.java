package dev.meshseal.kubernetes.requests;

import dev.meshseal.ca.certmanager.CertificateRequest;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;

/** A request as cert-manager's API has it. */
final class RequestManifest {
  static final String GROUP = "cert-manager.io";
  static final String VERSION = "v1";
  static final String PLURAL = "certificaterequests";
  static final ResourceDefinitionContext RESOURCE =
      new ResourceDefinitionContext.Builder()
          .withGroup(GROUP)
          .withVersion(VERSION)
          .withKind("CertificateRequest")
          .withPlural(PLURAL)
          .withNamespaced(true)
          .build();

  private RequestManifest() {}

  static GenericKubernetesResource of(
      String name,
      String namespace,
      String instance,
      Instant deadline,
      CertificateRequest request) {
    var dataplane = request.identity().id();
    var resource = new GenericKubernetesResource();
    resource.setApiVersion(GROUP + "/" + VERSION);
    resource.setKind("CertificateRequest");
    resource.setMetadata(
        new ObjectMetaBuilder()
            .withName(name)
            .withNamespace(namespace)
            .addToLabels(Labels.MANAGED_BY, Labels.MESHSEAL)
            .addToLabels(Labels.INSTANCE, Labels.value(instance))
            .addToLabels(Labels.MESH, Labels.value(request.backend().mesh()))
            .addToLabels(Labels.BACKEND, Labels.value(request.backend().name()))
            .addToLabels(Labels.DATAPLANE, Labels.value(dataplane.name()))
            .addToAnnotations(Labels.SPIFFE_ID, request.identity().uris().getFirst())
            .addToAnnotations(Labels.DATAPLANE, dataplane.toString())
            .addToAnnotations(Labels.BACKEND, request.backend().name())
            .addToAnnotations(Labels.DEADLINE, deadline.toString())
            .build());
    resource.setAdditionalProperty("spec", spec(request));
    return resource;
  }

  private static Map<String, Object> spec(CertificateRequest request) {
    var issuer = request.issuer();
    return Map.of(
        "request",
        Base64.getEncoder().encodeToString(request.csr().getBytes(StandardCharsets.US_ASCII)),
        "duration",
        request.lifetime().toSeconds() + "s",
        "isCA",
        false,
        "usages",
        request.usages(),
        "issuerRef",
        Map.of("name", issuer.name(), "kind", issuer.kind(), "group", issuer.group()));
  }
}
