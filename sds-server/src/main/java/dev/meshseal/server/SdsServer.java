package dev.meshseal.server;

import dev.meshseal.issuance.CertificateAuthorities;
import dev.meshseal.issuance.IssuanceObserver;
import dev.meshseal.issuance.IssueLimiter;
import dev.meshseal.issuance.Lanes;
import dev.meshseal.issuance.Meshes;
import dev.meshseal.issuance.WallTimer;
import dev.meshseal.mesh.Change;
import dev.meshseal.mesh.ResourceSource;
import dev.meshseal.mesh.Resources;
import dev.meshseal.server.admin.AdminConfig;
import dev.meshseal.server.admin.AdminServer;
import dev.meshseal.server.admin.BuildInfo;
import dev.meshseal.server.admin.CredentialView;
import dev.meshseal.server.admin.Metrics;
import dev.meshseal.server.admin.ServerView;
import dev.meshseal.server.auth.BoundSocketWayIn;
import dev.meshseal.server.auth.DataplaneAuthenticator;
import dev.meshseal.server.auth.DataplaneTokens;
import dev.meshseal.server.auth.KumaTokenTrust;
import dev.meshseal.server.auth.Revocations;
import dev.meshseal.server.auth.TokenWayIn;
import dev.meshseal.server.auth.VerificationKeys;
import dev.meshseal.server.auth.WayIn;
import dev.meshseal.server.files.AdminToken;
import dev.meshseal.server.files.DataDirectory;
import dev.meshseal.server.files.FileRevocations;
import dev.meshseal.server.files.FileSigningKeys;
import dev.meshseal.server.files.FileTokenTrust;
import dev.meshseal.server.files.FollowedAdminToken;
import dev.meshseal.server.files.KeyEncryptionKey;
import dev.meshseal.server.files.PublicKeyFiles;
import dev.meshseal.server.files.ServerAuthority;
import dev.meshseal.server.sds.EventLoops;
import dev.meshseal.server.sds.SdsLimits;
import dev.meshseal.server.sds.SdsListener;
import dev.meshseal.server.sds.SdsStreams;
import dev.meshseal.server.sds.SecretDiscoveryService;
import dev.meshseal.server.tls.CertificateSource;
import dev.meshseal.server.tls.ServerTls;
import dev.meshseal.x509.CertificateCheck;
import dev.meshseal.x509.CryptoProvider;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The whole server: every constructor, top to bottom; then start, drain, stop. */
public final class SdsServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SdsServer.class);

  private final ServerConfig config;
  private final InstantSource clock = InstantSource.system();
  private final Instant startedAt = clock.instant();
  private final CryptoProvider crypto = CryptoProvider.best();
  private final List<AutoCloseable> opened = Collections.synchronizedList(new ArrayList<>());

  private final WallTimer timer;
  private final DataDirectory data;
  private final FileSigningKeys signingKeys;
  private final KumaTokenTrust kuma;
  private final Platform platform;
  private final ResourceSource resources;
  private final Metrics metrics;
  private final Meshes meshes;
  private final SdsStreams streams;
  private final ServerTls tls;
  private final Readiness readiness;
  private final AdminServer admin;
  private final List<SdsListener> listeners = Collections.synchronizedList(new ArrayList<>());

  /**
   * Starts the server. Blocks until it listens.
   *
   * @throws IOException if an address cannot be had
   * @throws RuntimeException with a sentence, if the data directory, a certificate or the resources
   *     cannot be used
   */
  public static SdsServer start(ServerConfig config) throws IOException {
    return new SdsServer(config);
  }

  @SuppressWarnings("this-escape") // final, and nobody sees it before it is whole
  private SdsServer(ServerConfig config) throws IOException {
    this.config = config;
    try {
      timer = closing(new WallTimer(clock));
      data = closing(DataDirectory.open(config.data()));
      var kek = config.kekFile().map(KeyEncryptionKey::read);
      platform = closing(openPlatform(kek));
      resources = platform.resources();

      // Who gets which certificate, and when.
      metrics = closing(new Metrics(BuildInfo.ofThisBuild()));
      var ledger = new BackendLedger(clock);
      var lanes = Lanes.start();
      meshes =
          new Meshes(
              new CertificateAuthorities(
                  platform.secrets(), platform.caKeys(), platform.requests(), crypto, clock),
              platform.secrets(),
              new CertificateCheck(crypto),
              lanes,
              new IssueLimiter(IssueLimiter.Limits.DEFAULT, clock, new Random()),
              config.rotation(),
              timer,
              clock,
              new Random(),
              IssuanceObserver.all(List.of(new IssuanceLog(metrics, ledger), platform.observer())));

      // Who may connect.
      signingKeys = new FileSigningKeys(data, clock);
      var trust = closing(FileTokenTrust.open(data, signingKeys, new FileRevocations(data, clock)));
      kuma = new KumaTokenTrust(this::kumaSecret);
      var keys = List.of(trust.keys(), kuma.keys(), PublicKeyFiles.read(config.publicKeys()));
      var wayIn =
          platform.wayIn(
              new TokenWayIn(
                  new DataplaneTokens(
                      VerificationKeys.allOf(keys),
                      Revocations.anyOf(List.of(trust.revocations(), kuma.revocations())),
                      clock)));

      // What is said to them.
      var observed = new StreamMetrics(metrics, clock);
      streams =
          new SdsStreams(
              identifier(),
              meshes,
              new DataplaneAuthenticator(platform.dataplanes()),
              timer,
              clock,
              SdsLimits.Streams.DEFAULT,
              observed);
      wayIn.onChange(() -> streams.revoke(credential -> wayIn.withdrawn(credential).isPresent()));

      resources.current().meshes().values().forEach(meshes::apply);
      resources.watch(this::changed);
      platform.follow(meshes, streams::dataplaneChanged);

      tls = ServerTls.open(certificateSource(kek), crypto, timer, clock);
      var loops = closing(EventLoops.start());
      listen(wayIn, loops);

      readiness = new Readiness(platform::startingUp, meshes::statuses, clock);
      var adminToken = adminToken();
      admin =
          closing(
              AdminServer.start(
                  adminConfig(adminToken),
                  new ServerInspection(
                      meshes,
                      streams,
                      resources::current,
                      ledger,
                      observed,
                      this::view,
                      readiness::missing),
                  (mesh, dataplane) -> meshes.renew(mesh, dataplane).orElse(0),
                  metrics));
      LOG.atInfo()
          .addKeyValue("listen", addresses())
          .addKeyValue("admin", adminAddress())
          .addKeyValue("data", config.data())
          .addKeyValue("crypto", crypto.name())
          .log("serving");
    } catch (IOException | RuntimeException | Error failure) {
      closeAll();
      throw failure;
    }
  }

  // ---- resources

  private Platform openPlatform(Optional<KeyEncryptionKey> kek) {
    return switch (config.source()) {
      case ServerConfig.Source.Folders folders ->
          new FolderPlatform(folders.resources(), config.files(), data, kek, clock);
      case ServerConfig.Source.Kubernetes kubernetes ->
          new KubernetesPlatform(kubernetes, config.files(), replica(), clock);
    };
  }

  /** The machine's name, which a pod has as its own, and what tells this start from the last. */
  private String replica() {
    return identifier() + "-" + Long.toString(startedAt.toEpochMilli(), Character.MAX_RADIX);
  }

  private void changed(Resources now, List<Change> changes) {
    var reopen = new TreeSet<String>();
    for (var change : changes) {
      switch (change) {
        case Change.MeshChanged mesh -> meshes.apply(mesh.mesh());
        case Change.MeshRemoved mesh -> meshes.remove(mesh.mesh());
        case Change.SecretChanged secret -> {
          reopen.add(secret.mesh());
          kuma.changed();
        }
        case Change.DataplaneChanged one -> streams.dataplaneChanged(one.dataplane().id());
        case Change.DataplaneRemoved one -> streams.dataplaneChanged(one.id());
        case Change.FileChanged file -> reopen.addAll(now.meshesReading(file.path()));
      }
    }
    reopen.forEach(meshes::reopen);
  }

  private Optional<KumaTokenTrust.MeshSecret> kumaSecret(String mesh, String name) {
    return resources
        .current()
        .secret(mesh, name)
        .map(secret -> new KumaTokenTrust.MeshSecret(mesh, name, secret.base64()));
  }

  // ---- listening

  private void listen(WayIn tokens, EventLoops loops) throws IOException {
    for (var listen : config.listen()) {
      var listener =
          SdsListener.start(
              address(listen),
              new SecretDiscoveryService(streams, wayIn(listen, tokens)),
              SdsLimits.Connections.DEFAULT.atMost(
                  config.maxConnections(), config.maxConnections()),
              loops);
      listeners.add(listener);
      closing(() -> listener.stop(Duration.ofMillis(200)));
    }
  }

  private SdsListener.Address address(Listen listen) {
    return switch (listen) {
      case Listen.Tcp tcp ->
          new SdsListener.Address.Tcp(
              tcp.address().resolve(),
              config.plaintext() ? Optional.empty() : Optional.of(tls.context()));
      case Listen.Unix unix -> new SdsListener.Address.Unix(unix.path(), unix.uid());
    };
  }

  private static WayIn wayIn(Listen listen, WayIn tokens) {
    return switch (listen) {
      case Listen.Tcp tcp -> tokens;
      case Listen.Unix unix ->
          unix.as().<WayIn>map(as -> new BoundSocketWayIn(unix.path(), as)).orElse(tokens);
    };
  }

  private CertificateSource certificateSource(Optional<KeyEncryptionKey> kek) {
    return switch (config.tls()) {
      case ServerConfig.ServerTls.Generated generated ->
          new CertificateSource.Generated(
              () -> ServerAuthority.open(data, kek, crypto, clock), ownNames(generated.names()));
      case ServerConfig.ServerTls.UnderProvidedCa under ->
          new CertificateSource.UnderCa(under.cert(), under.key(), ownNames(under.names()));
      case ServerConfig.ServerTls.Provided provided ->
          new CertificateSource.Provided(provided.cert(), provided.key());
    };
  }

  /** By what sidecars may call this server: loopback, the machine, what it listens on. */
  private List<String> ownNames(List<String> more) {
    var names = new TreeSet<>(List.of("localhost", "127.0.0.1", "::1"));
    names.addAll(more);
    try {
      names.add(InetAddress.getLocalHost().getHostName());
    } catch (UnknownHostException nameless) {
      LOG.debug("this machine has no name", nameless);
    }
    config.listen().stream()
        .filter(Listen.Tcp.class::isInstance)
        .map(one -> ((Listen.Tcp) one).address().resolve().getAddress())
        .filter(address -> !address.isAnyLocalAddress())
        .map(InetAddress::getHostAddress)
        .forEach(names::add);
    return List.copyOf(names);
  }

  private AdminConfig adminConfig(Supplier<AdminToken> token) {
    var address = config.admin().address().resolve();
    var host = config.admin().address().host().toLowerCase(Locale.ROOT);
    if (address.getAddress().isLoopbackAddress()) {
      return new AdminConfig(
          address, () -> Set.of(host), Optional.empty(), () -> Optional.of(token.get().value()));
    }
    var shown = adminTls();
    return new AdminConfig(
        address,
        () -> union(shown.names(), host),
        Optional.of(shown.javaContext()),
        () -> Optional.of(token.get().value()));
  }

  private static Set<String> union(Set<String> names, String host) {
    var all = new TreeSet<>(names);
    all.add(host);
    return all;
  }

  private Supplier<AdminToken> adminToken() {
    var given = config.admin().tokenFile();
    if (given.isPresent()) {
      return FollowedAdminToken.open(given.get(), clock);
    }
    var own = AdminToken.of(data);
    return () -> own;
  }

  /** That of the admin endpoints alone, or the server's. */
  private ServerTls adminTls() {
    return config
        .admin()
        .tls()
        .map(
            own ->
                ServerTls.open(
                    new CertificateSource.Provided(own.cert(), own.key()), crypto, timer, clock))
        .orElse(tls);
  }

  private static String identifier() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException nameless) {
      return "meshseal";
    }
  }

  // ---- what there is to see

  private ServerView view() {
    var build = BuildInfo.ofThisBuild();
    return new ServerView(
        build.version(),
        build.commit(),
        startedAt,
        clock.instant(),
        addresses(),
        config.source() instanceof ServerConfig.Source.Kubernetes,
        List.of(
            new CredentialView(
                "server-tls", tls.expiresAt(), tls.problem().map(ServerTls.Problem::message))));
  }

  /** Where sidecars find this server, with the ports that the system chose. */
  public List<String> addresses() {
    return listeners.stream().map(SdsListener::toString).toList();
  }

  public InetSocketAddress adminAddress() {
    return admin.address();
  }

  // ---- the end

  /** Sends every stream elsewhere, over the drain time; then closes. Blocks. */
  public void stop() {
    LOG.info("draining");
    readiness.drain();
    listeners.forEach(SdsListener::stopAccepting);
    try {
      streams
          .drain(config.drain())
          .toCompletableFuture()
          .get(config.drain().toMillis() + 2_000, TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException slow) {
      LOG.debug("some streams did not leave in time", slow);
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
    close();
  }

  @Override
  public void close() {
    closeAll();
    LOG.info("stopped");
  }

  private <T extends AutoCloseable> T closing(T one) {
    opened.addFirst(one);
    return one;
  }

  private void closeAll() {
    for (var one : List.copyOf(opened)) {
      try {
        one.close();
      } catch (Exception failure) {
        LOG.warn("something could not be closed: {}", failure.toString());
      }
    }
    opened.clear();
  }
}
