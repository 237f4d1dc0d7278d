package dev.meshseal.kubernetes.resources;

import dev.meshseal.ca.CaException;
import dev.meshseal.ca.builtin.CaKeyStore;
import dev.meshseal.kubernetes.ApiException;
import dev.meshseal.kubernetes.ApiFailure;
import dev.meshseal.kubernetes.ApiPath;
import dev.meshseal.kubernetes.Cluster;
import dev.meshseal.kubernetes.JsonApi;
import dev.meshseal.x509.Fingerprint;
import dev.meshseal.x509.IssuingCa;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps each builtin authority in one Secret of the system namespace. Of any number of replicas
 * that create one at once, the API server lets one win, and all use what it made. Where Kuma has
 * made an authority for the backend, that one is copied and used.
 */
public final class ClusterCaKeys implements CaKeyStore {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterCaKeys.class);

  private final JsonApi api;
  private final ApiPath secrets;

  public ClusterCaKeys(Cluster cluster) {
    this.api = new JsonApi(cluster);
    this.secrets = ClusterResources.secrets(cluster);
  }

  @Override
  public Optional<IssuingCa> read(String mesh, String backend) {
    var secret = secret(mesh, backend);
    return told(mesh, backend, () -> find(secret).or(() -> adopted(secret)));
  }

  @Override
  public IssuingCa createIfAbsent(String mesh, String backend, IssuingCa created) {
    return told(mesh, backend, () -> keep(secret(mesh, backend), created, "made by meshseal"));
  }

  private CaSecret secret(String mesh, String backend) {
    return new CaSecret(secrets.namespace().orElseThrow(), mesh, backend);
  }

  private Optional<IssuingCa> find(CaSecret secret) {
    return api.find(secrets, secret.name()).map(secret::decode);
  }

  /** A copy outlives Kuma, whose own goes with its Mesh. */
  private Optional<IssuingCa> adopted(CaSecret secret) {
    var kuma = new KumaCa(secrets, secret.mesh(), secret.backend());
    return kuma.read(api).map(ca -> keep(secret, ca, kuma.origin()));
  }

  private IssuingCa keep(CaSecret secret, IssuingCa ca, String origin) {
    try {
      api.create(secrets, secret.encode(ca, origin));
      LOG.atInfo()
          .addKeyValue("mesh", secret.mesh())
          .addKeyValue("backend", secret.backend())
          .addKeyValue("secret", secret.name())
          .addKeyValue("origin", origin)
          .addKeyValue("fingerprint", Fingerprint.of(ca.certificate()))
          .log("authority kept");
    } catch (ApiException failure) {
      // No answer may have been a yes; what is there now decides.
      if (failure.kind() != ApiFailure.Kind.ALREADY_EXISTS) {
        return find(secret).orElseThrow(() -> failure);
      }
    }
    return find(secret)
        .orElseThrow(
            () ->
                CaException.unavailable(
                    "mesh '%s' backend '%s' has no authority: Secret '%s' was removed while it was created"
                        .formatted(secret.mesh(), secret.backend(), secret.name())));
  }

  private static <T> T told(String mesh, String backend, Supplier<T> action) {
    try {
      return action.get();
    } catch (ApiException failure) {
      throw CaException.unavailable(
          "mesh '%s' backend '%s' has no authority: %s"
              .formatted(mesh, backend, failure.getMessage()),
          failure);
    }
  }
}
