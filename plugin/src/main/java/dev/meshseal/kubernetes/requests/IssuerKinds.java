package dev.meshseal.kubernetes.requests;

import dev.meshseal.kubernetes.ApiException;
import dev.meshseal.kubernetes.ApiFailure;
import dev.meshseal.kubernetes.ApiPath;
import dev.meshseal.kubernetes.JsonApi;
import dev.meshseal.mesh.BackendConf.CertManager.IssuerRef;
import java.util.Locale;
import java.util.Optional;

/**
 * Where the API server has the issuers of a kind. Blocks.
 *
 * @param namespace where those are that are in a namespace
 */
record IssuerKinds(JsonApi api, String namespace) {
  /**
   * cert-manager's own are known; another group's are asked for.
   *
   * @throws ApiException also if there is no such kind
   */
  ApiPath find(IssuerRef issuer) {
    if (issuer.group().equals(RequestManifest.GROUP)) {
      return own(issuer.kind());
    }
    try {
      return api.served(issuer.group(), issuer.kind())
          .map(found -> found.namespaced() ? found.path().in(namespace) : found.path())
          .orElseThrow(() -> missing(issuer));
    } catch (ApiException failure) {
      throw failure.kind() == ApiFailure.Kind.NO_SUCH_RESOURCE ? missing(issuer) : failure;
    }
  }

  ApiPath own(String kind) {
    var path =
        ApiPath.of(
            RequestManifest.GROUP, RequestManifest.VERSION, kind.toLowerCase(Locale.ROOT) + "s");
    return kind.equals("Issuer") ? path.in(namespace) : path;
  }

  private static ApiException missing(IssuerRef issuer) {
    return new ApiException(
        new ApiFailure(
            ApiFailure.Kind.NO_SUCH_RESOURCE,
            "the API server has no kind '%s' in group '%s'"
                .formatted(issuer.kind(), issuer.group()),
            Optional.empty()));
  }
}
