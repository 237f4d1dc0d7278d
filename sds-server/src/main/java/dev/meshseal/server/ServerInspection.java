package dev.meshseal.server;

import dev.meshseal.identity.Dataplane;
import dev.meshseal.identity.DataplaneId;
import dev.meshseal.identity.NoIdentityException;
import dev.meshseal.identity.Tags;
import dev.meshseal.issuance.IdentityStatus;
import dev.meshseal.issuance.MeshStatus;
import dev.meshseal.issuance.Meshes;
import dev.meshseal.issuance.OpenedBackend;
import dev.meshseal.issuance.TrustedRoot;
import dev.meshseal.issuance.Versioned;
import dev.meshseal.mesh.Backend;
import dev.meshseal.mesh.Mesh;
import dev.meshseal.mesh.Resource;
import dev.meshseal.mesh.Resources;
import dev.meshseal.server.admin.BackendView;
import dev.meshseal.server.admin.BackendView.AuthorityView;
import dev.meshseal.server.admin.BackendView.BreakerView;
import dev.meshseal.server.admin.BackendView.Role;
import dev.meshseal.server.admin.BundleView;
import dev.meshseal.server.admin.DataplaneView;
import dev.meshseal.server.admin.DataplaneView.IdentityView;
import dev.meshseal.server.admin.DataplaneView.LeafView;
import dev.meshseal.server.admin.Inspection;
import dev.meshseal.server.admin.MeshView;
import dev.meshseal.server.admin.ProblemView;
import dev.meshseal.server.admin.RefusedView;
import dev.meshseal.server.admin.RootView;
import dev.meshseal.server.admin.ServerView;
import dev.meshseal.server.admin.StreamView;
import dev.meshseal.server.admin.StreamView.DeliveredView;
import dev.meshseal.server.admin.StreamView.NackedView;
import dev.meshseal.server.admin.StreamView.SecretView;
import dev.meshseal.server.sds.SdsStreams;
import dev.meshseal.server.sds.SecretStatus;
import dev.meshseal.server.sds.StreamStatus;
import dev.meshseal.x509.CertificateName;
import dev.meshseal.x509.Fingerprint;
import dev.meshseal.x509.Pem;
import dev.meshseal.x509.TrustBundle;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** From the server's state to what operators are shown. Holds nothing of its own. */
record ServerInspection(
    Meshes meshSecrets,
    SdsStreams sds,
    Supplier<Resources> resources,
    BackendLedger ledger,
    StreamMetrics observed,
    Supplier<ServerView> self,
    Supplier<List<String>> missing)
    implements Inspection {

  @Override
  public ServerView server() {
    return self.get();
  }

  @Override
  public List<String> notReady() {
    return missing.get();
  }

  @Override
  public List<RefusedView> refused() {
    return observed.refused();
  }

  // ---- meshes and backends

  @Override
  public List<MeshView> meshes() {
    var views = new TreeMap<String, MeshView>();
    for (var status : meshSecrets.statuses()) {
      views.put(status.name(), mesh(status));
    }
    // A Mesh whose only document was refused has no state yet, but an operator looks for it.
    for (var refusal : resources.get().refusals()) {
      refusal
          .document()
          .key()
          .filter(key -> key.kind() == Resource.Kind.MESH)
          .ifPresent(key -> views.computeIfAbsent(key.name(), name -> refused(name, refusal)));
    }
    return List.copyOf(views.values());
  }

  private MeshView mesh(MeshStatus status) {
    return new MeshView(
        status.name(),
        status.mesh().map(mesh -> mesh.identities().trustDomain()).orElse(status.name()),
        status.mesh().flatMap(Mesh::enabledBackend),
        status.mesh().flatMap(Mesh::issuing).map(backend -> backend.mode().name()),
        status.appliedAt(),
        problem(status),
        bundle(status),
        status.earlier().stream().map(ServerInspection::earlier).toList());
  }

  private Optional<ProblemView> problem(MeshStatus status) {
    return status
        .refusal()
        .map(ServerInspection::problem)
        .or(
            () ->
                resources.get().refusals().stream()
                    .filter(refusal -> isOf(refusal, status.name()))
                    .findFirst()
                    .map(ServerInspection::problem));
  }

  private static ProblemView problem(MeshStatus.Refusal refusal) {
    return new ProblemView("not-opened", refusal.message(), refusal.since(), 1, refusal.nextTry());
  }

  private static boolean isOf(Resources.Refusal refusal, String mesh) {
    return refusal
        .document()
        .key()
        .filter(key -> key.kind() == Resource.Kind.MESH && key.name().equals(mesh))
        .isPresent();
  }

  private static ProblemView problem(Resources.Refusal refusal) {
    var document = refusal.document();
    return new ProblemView(
        "invalid",
        "%s is invalid: %s"
            .formatted(
                document.at(),
                String.join("; ", document.violations().stream().map(Object::toString).toList())),
        refusal.since(),
        1,
        Optional.empty());
  }

  private static MeshView refused(String name, Resources.Refusal refusal) {
    return new MeshView(
        name,
        name,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(problem(refusal)),
        new BundleView("", List.of()),
        List.of());
  }

  private static BundleView bundle(MeshStatus status) {
    var reasons = new HashMap<X509Certificate, List<String>>();
    for (var root : status.roots()) {
      reasons.computeIfAbsent(root.root(), key -> new ArrayList<>()).add(reason(root.reason()));
    }
    return new BundleView(
        status.trust().version(),
        status.trust().value().roots().stream()
            .map(root -> root(root, reasons.getOrDefault(root, List.of())))
            .toList());
  }

  private static String reason(TrustedRoot.Reason reason) {
    return switch (reason) {
      case TrustedRoot.Reason.Listed listed -> "backend '%s' is listed".formatted(listed.backend());
      case TrustedRoot.Reason.Retiring retiring ->
          "a leaf of backend '%s' may live until %s"
              .formatted(retiring.backend(), retiring.until());
    };
  }

  private static BundleView earlier(Versioned<TrustBundle> bundle) {
    return new BundleView(
        bundle.version(),
        bundle.value().roots().stream()
            .map(root -> root(root, List.of("was in the bundle")))
            .toList());
  }

  private static RootView root(X509Certificate root, List<String> reasons) {
    return new RootView(
        Fingerprint.of(root),
        CertificateName.subject(root),
        root.getNotBefore().toInstant(),
        root.getNotAfter().toInstant(),
        Pem.certificates(List.of(root)),
        reasons);
  }

  @Override
  public List<BackendView> backends() {
    return meshSecrets.statuses().stream()
        .sorted(java.util.Comparator.comparing(MeshStatus::name))
        .flatMap(
            status ->
                wanted(status).stream()
                    .flatMap(
                        mesh -> mesh.backends().stream().map(one -> backend(status, mesh, one))))
        .toList();
  }

  /** What is in force; where nothing was yet, what is to be. */
  private Optional<Mesh> wanted(MeshStatus status) {
    return status.mesh().or(() -> resources.get().mesh(status.name()));
  }

  private BackendView backend(MeshStatus status, Mesh mesh, Backend backend) {
    var id = OpenedBackend.refOf(mesh, backend);
    var opened = status.backends().stream().filter(one -> one.id().equals(id)).findFirst();
    var facts = ledger.of(id);
    var limiter = meshSecrets.limiter();
    boolean enabled = mesh.enabledBackend().equals(Optional.of(backend.name()));
    int queue = opened.map(one -> one.lane().waiting()).orElse(0);
    int pending = opened.map(one -> one.lane().working()).orElse(0);
    return new BackendView(
        mesh.name(),
        backend.name(),
        backend.type(),
        enabled,
        opened.isPresent(),
        opened.map(ServerInspection::authorities).orElse(List.of()),
        backend.leafLifetime(),
        facts.lastLifetime(),
        facts.lastSuccess(),
        facts
            .failure()
            .map(
                failure ->
                    new ProblemView(
                        failure.kind().name().toLowerCase(Locale.ROOT),
                        failure.message(),
                        failure.since(),
                        failure.count(),
                        Optional.empty()))
            .or(
                () ->
                    status
                        .refusal()
                        .filter(refusal -> enabled && opened.isEmpty())
                        .map(ServerInspection::problem)),
        limiter
            .breaker(id)
            .map(open -> new BreakerView(open.since(), open.nextProbe(), open.failingProxies())),
        limiter.failing(id),
        queue,
        pending,
        ledger.remaining(id, queue + pending),
        Optional.empty(),
        opened.flatMap(OpenedBackend::warning));
  }

  private static List<AuthorityView> authorities(OpenedBackend opened) {
    return Stream.concat(
            opened.authority().intermediates().stream().map(one -> authority(Role.ISSUING, one)),
            opened.roots().roots().stream().map(one -> authority(Role.ROOT, one)))
        .toList();
  }

  private static AuthorityView authority(Role role, X509Certificate certificate) {
    return new AuthorityView(
        role,
        Fingerprint.of(certificate),
        CertificateName.subject(certificate),
        certificate.getNotBefore().toInstant(),
        certificate.getNotAfter().toInstant());
  }

  // ---- data planes

  @Override
  public List<DataplaneView> dataplanes() {
    var identities = new TreeMap<DataplaneId, List<IdentityStatus>>();
    for (var mesh : meshSecrets.statuses()) {
      meshSecrets
          .identities(mesh.name())
          .forEach(
              status ->
                  identities
                      .computeIfAbsent(status.identity().id(), id -> new ArrayList<>())
                      .add(status));
    }
    var streams = new HashMap<DataplaneId, List<StreamStatus>>();
    for (var stream : sds.statuses()) {
      stream
          .dataplane()
          .ifPresent(id -> streams.computeIfAbsent(id, key -> new ArrayList<>()).add(stream));
    }
    var ids = new TreeSet<>(identities.keySet());
    ids.addAll(streams.keySet());
    return ids.stream()
        .map(
            id ->
                dataplane(
                    id,
                    identities.getOrDefault(id, List.of()),
                    streams.getOrDefault(id, List.of())))
        .toList();
  }

  @Override
  public Optional<DataplaneView> dataplane(DataplaneId id) {
    var identities =
        meshSecrets.identities(id.mesh()).stream()
            .filter(status -> status.identity().id().equals(id))
            .toList();
    var streams = sds.statuses(id);
    return identities.isEmpty() && streams.isEmpty()
        ? Optional.empty()
        : Optional.of(dataplane(id, identities, streams));
  }

  private DataplaneView dataplane(
      DataplaneId id, List<IdentityStatus> identities, List<StreamStatus> streams) {
    // What a proxy that is away was given last is kept; of one that is here, what it asks for.
    boolean isAway = identities.stream().noneMatch(status -> status.streams() > 0);
    var tags = resources.get().dataplane(id).map(Dataplane::tags).orElseGet(() -> tags(identities));
    return new DataplaneView(
        id.mesh(),
        id.name(),
        spiffeId(id, tags, identities),
        tags.values(),
        identities.stream()
            .filter(status -> status.streams() > 0 || isAway)
            .map(ServerInspection::identity)
            .toList(),
        streams.stream().map(ServerInspection::stream).toList());
  }

  /** The tags that a certificate in Kuma's form says, for a proxy that has no document. */
  private static Tags tags(Collection<IdentityStatus> identities) {
    var tags = new HashMap<String, Set<String>>();
    identities.stream()
        .flatMap(status -> status.identity().uris().stream())
        .filter(uri -> uri.startsWith("kuma://"))
        .map(uri -> uri.substring("kuma://".length()))
        .forEach(
            tag ->
                tags.computeIfAbsent(tag.substring(0, tag.lastIndexOf('/')), key -> new TreeSet<>())
                    .add(tag.substring(tag.lastIndexOf('/') + 1)));
    return Tags.of(tags);
  }

  private Optional<String> spiffeId(DataplaneId id, Tags tags, List<IdentityStatus> identities) {
    var spiffe =
        identities.stream()
            .flatMap(status -> status.identity().uris().stream())
            .filter(uri -> uri.startsWith("spiffe://"))
            .findFirst();
    return spiffe.or(
        () ->
            meshSecrets.statuses().stream()
                .filter(status -> status.name().equals(id.mesh()))
                .flatMap(status -> status.mesh().stream())
                .flatMap(mesh -> spiffeId(mesh, Dataplane.of(id, tags)).stream())
                .findFirst());
  }

  private static Optional<String> spiffeId(Mesh mesh, Dataplane dataplane) {
    try {
      return Optional.of(mesh.identities().spiffeId(dataplane).toString());
    } catch (NoIdentityException none) {
      return Optional.empty();
    }
  }

  private static IdentityView identity(IdentityStatus status) {
    return new IdentityView(
        status.identity().form().name().toLowerCase(Locale.ROOT),
        status.identity().uris(),
        status.issued().map(issued -> leaf(issued.leaf())),
        status.previous().map(ServerInspection::leaf),
        status.underWay(),
        status
            .failure()
            .map(
                failure ->
                    new ProblemView(
                        failure.kind().name().toLowerCase(Locale.ROOT),
                        failure.message(),
                        failure.since(),
                        failure.count(),
                        Optional.of(failure.nextTry()))));
  }

  private static LeafView leaf(IdentityStatus.Leaf leaf) {
    return new LeafView(
        leaf.serial(),
        leaf.version(),
        leaf.notBefore(),
        leaf.expiresAt(),
        leaf.issuer(),
        leaf.backend(),
        leaf.cause().name().toLowerCase(Locale.ROOT),
        leaf.received(),
        leaf.due());
  }

  // ---- streams

  private static StreamView stream(StreamStatus status) {
    return new StreamView(
        status.service().name(),
        status.variant().name(),
        status.peer(),
        status.since(),
        status.credential(),
        status.credentialExpiresAt(),
        status.userAgent(),
        status.secrets().stream().map(ServerInspection::secret).toList(),
        status.ignoredTypes(),
        status.nodeId());
  }

  private static SecretView secret(SecretStatus status) {
    return new SecretView(
        status.name(),
        StreamMetrics.view(status.kind()),
        status.sent().map(ServerInspection::delivered),
        status.acked().map(ServerInspection::delivered),
        status
            .nacked()
            .map(nacked -> new NackedView(nacked.version(), nacked.reason(), nacked.at())),
        status.waiting(),
        status.refused());
  }

  private static DeliveredView delivered(SecretStatus.Delivered delivered) {
    return new DeliveredView(delivered.version(), delivered.serial(), delivered.at());
  }
}
