package dev.meshseal.kubernetes.requests;

import dev.meshseal.kubernetes.ApiCall;
import dev.meshseal.kubernetes.ApiFailure;
import dev.meshseal.kubernetes.Cluster;
import dev.meshseal.mesh.BackendConf.CertManager.IssuerRef;
import io.fabric8.kubernetes.api.model.APIResource;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.util.Locale;
import java.util.Optional;

/** Under which plural and where the API server has the issuers of a kind. Blocks. */
record IssuerKinds(Cluster cluster) {
  /** What was found of a kind. */
  sealed interface Found {
    record Kind(ResourceDefinitionContext resource) implements Found {}

    record Missing(ApiFailure failure) implements Found {}
  }

  Found find(IssuerRef issuer) {
    if (issuer.group().equals(RequestManifest.GROUP)) {
      return new Found.Kind(own(issuer.kind()));
    }
    var call = ApiCall.of("get", issuer.group(), plural(issuer.kind()));
    try {
      return discover(issuer)
          .<Found>map(Found.Kind::new)
          .orElseGet(() -> new Found.Missing(missing(issuer)));
    } catch (KubernetesClientException failure) {
      return new Found.Missing(ApiFailure.of(call, failure));
    }
  }

  private Optional<ResourceDefinitionContext> discover(IssuerRef issuer) {
    return Optional.ofNullable(cluster.client().getApiGroup(issuer.group())).stream()
        .flatMap(group -> group.getVersions().stream())
        .flatMap(
            version ->
                Optional.ofNullable(cluster.client().getApiResources(version.getGroupVersion()))
                    .stream()
                    .flatMap(list -> list.getResources().stream())
                    .filter(one -> isOf(one, issuer.kind()))
                    .map(one -> context(issuer.group(), version.getVersion(), one)))
        .findFirst();
  }

  private static boolean isOf(APIResource resource, String kind) {
    return kind.equals(resource.getKind()) && !resource.getName().contains("/");
  }

  private static ResourceDefinitionContext context(
      String group, String version, APIResource resource) {
    return new ResourceDefinitionContext.Builder()
        .withGroup(group)
        .withVersion(version)
        .withKind(resource.getKind())
        .withPlural(resource.getName())
        .withNamespaced(Boolean.TRUE.equals(resource.getNamespaced()))
        .build();
  }

  static ResourceDefinitionContext own(String kind) {
    return new ResourceDefinitionContext.Builder()
        .withGroup(RequestManifest.GROUP)
        .withVersion(RequestManifest.VERSION)
        .withKind(kind)
        .withPlural(plural(kind))
        .withNamespaced(kind.equals("Issuer"))
        .build();
  }

  private static String plural(String kind) {
    return kind.toLowerCase(Locale.ROOT) + "s";
  }

  private static ApiFailure missing(IssuerRef issuer) {
    return new ApiFailure(
        ApiFailure.Kind.NO_SUCH_RESOURCE,
        "the API server has no kind '%s' in group '%s'".formatted(issuer.kind(), issuer.group()),
        Optional.empty());
  }
}
