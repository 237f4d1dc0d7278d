package dev.meshseal.server;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.ca.CaException;
import dev.meshseal.ca.SecretReader;
import dev.meshseal.ca.builtin.CaKeyStore;
import dev.meshseal.ca.certmanager.CertificateRequests;
import dev.meshseal.identity.DataplaneId;
import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.issuance.IssuanceObserver;
import dev.meshseal.issuance.IssueCause;
import dev.meshseal.issuance.MeshStatus;
import dev.meshseal.issuance.Meshes;
import dev.meshseal.kubernetes.ApiFailure;
import dev.meshseal.kubernetes.Cluster;
import dev.meshseal.kubernetes.pods.Pods;
import dev.meshseal.kubernetes.pods.TokenReviews;
import dev.meshseal.kubernetes.requests.KubernetesCertificateRequests;
import dev.meshseal.kubernetes.resources.ClusterCaKeys;
import dev.meshseal.kubernetes.resources.ClusterResources;
import dev.meshseal.kubernetes.resources.ClusterSecretReader;
import dev.meshseal.kubernetes.resources.MeshStatuses;
import dev.meshseal.mesh.Backend;
import dev.meshseal.mesh.BackendConf.CertManager;
import dev.meshseal.mesh.BackendConf.CertManager.IssuerRef;
import dev.meshseal.mesh.Mesh;
import dev.meshseal.mesh.ResourceSource;
import dev.meshseal.server.auth.Dataplanes;
import dev.meshseal.server.auth.EitherWayIn;
import dev.meshseal.server.auth.ServiceAccountWayIn;
import dev.meshseal.server.auth.TokenWayIn;
import dev.meshseal.server.auth.WayIn;
import dev.meshseal.server.files.FileChanges;
import dev.meshseal.server.files.FileSecretReader;
import dev.meshseal.x509.IdentityCertificate;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** A Kubernetes cluster: all that is declared and kept is there, and proxies are its pods. */
final class KubernetesPlatform implements Platform {
  private final Cluster cluster;
  private final ClusterResources resources;
  private final MeshStatuses statuses;
  private final FileChanges files;
  private final ClusterSecretReader secrets;
  private final ClusterCaKeys caKeys;
  private final KubernetesCertificateRequests requests;
  private final Pods pods;
  private final KubernetesAccounts accounts;
  private volatile Predicate<BackendRef> failsForAll = backend -> false;

  /**
   * Begins to follow the cluster, and does not wait for it.
   *
   * @param folders where data sources of kind {@code DataSource.File} may lie; empty for nowhere
   * @param replica the name of this process, never used again by another
   */
  KubernetesPlatform(
      ServerConfig.Source.Kubernetes config,
      List<Path> folders,
      String replica,
      InstantSource clock) {
    var random = new Random();
    this.cluster = Cluster.open(config.kubeconfig(), config.systemNamespace());
    this.resources = new ClusterResources(cluster, clock, random);
    this.statuses = new MeshStatuses(cluster, resources, replica, clock, random);
    this.files = new FileChanges(clock);
    this.secrets =
        new ClusterSecretReader(
            cluster,
            resources::current,
            new FileSecretReader(resources::current, folders, files::watch));
    this.caKeys = new ClusterCaKeys(cluster);
    this.requests =
        KubernetesCertificateRequests.start(
            cluster, replica, KubernetesCertificateRequests.DEFAULT_IN_FLIGHT, clock, random);
    this.pods = Pods.follow(cluster, random);
    this.accounts =
        new KubernetesAccounts(new TokenReviews(cluster, config.tokenAudience(), clock), pods);
  }

  @Override
  public ResourceSource resources() {
    return resources;
  }

  @Override
  public SecretReader secrets() {
    return secrets;
  }

  @Override
  public CaKeyStore caKeys() {
    return caKeys;
  }

  @Override
  public Optional<CertificateRequests> requests() {
    return Optional.of(requests);
  }

  @Override
  public Dataplanes dataplanes() {
    return pods::find;
  }

  @Override
  public WayIn wayIn(TokenWayIn tokens) {
    return new EitherWayIn(tokens, new ServiceAccountWayIn(accounts));
  }

  @Override
  public IssuanceObserver observer() {
    return new IssuanceObserver() {
      @Override
      public void meshApplied(MeshStatus status) {
        status.mesh().ifPresent(this::applied);
      }

      private void applied(Mesh mesh) {
        statuses.applied(mesh);
        requests.keepOnly(mesh.name(), issuers(mesh));
      }

      @Override
      public void meshNotApplied(String mesh, CaException failure) {
        statuses.notApplied(mesh, failure.getMessage());
      }

      @Override
      public void waitsFor(BackendRef backend, Optional<String> sentence) {
        sentence.ifPresentOrElse(
            why -> statuses.notIssuing(backend.mesh(), why),
            () -> statuses.issuing(backend.mesh()));
      }

      @Override
      public void issued(
          BackendRef backend,
          DataplaneIdentity identity,
          IssueCause cause,
          IdentityCertificate certificate,
          Duration queued,
          Duration took) {
        statuses.issuing(backend.mesh());
      }

      @Override
      public void notIssued(
          BackendRef backend, DataplaneIdentity identity, IssueCause cause, CaException failure) {
        if (failsForAll.test(backend)) {
          statuses.fails(backend.mesh(), failure.getMessage());
        }
      }

      @Override
      public void meshRemoved(String mesh) {
        requests.keepOnly(mesh, Set.of());
      }
    };
  }

  private static Set<IssuerRef> issuers(Mesh mesh) {
    return mesh.backends().stream()
        .map(Backend::conf)
        .filter(CertManager.class::isInstance)
        .map(conf -> ((CertManager) conf).issuerRef())
        .collect(Collectors.toSet());
  }

  @Override
  public void follow(Meshes meshes, Consumer<DataplaneId> dataplaneChanged) {
    failsForAll = meshes::failsForAll;
    requests.onIssuerChange(meshes::authorityChanged);
    accounts.follow(dataplaneChanged);
    files.follow(file -> resources.current().meshesReading(file).forEach(meshes::reopen));
  }

  @Override
  public List<String> startingUp() {
    var missing = new ArrayList<String>();
    if (!resources.isComplete()) {
      missing.add("the Meshes and Secrets have not been read yet");
      missing.addAll(resources.troubles());
    }
    if (!pods.isReady()) {
      missing.add("the Services and namespaces have not been read yet");
      pods.troubles().stream().map(ApiFailure::message).forEach(missing::add);
    }
    return missing.stream().distinct().toList();
  }

  @Override
  public void close() {
    pods.close();
    requests.close();
    statuses.close();
    files.close();
    resources.close();
    cluster.close();
  }
}
