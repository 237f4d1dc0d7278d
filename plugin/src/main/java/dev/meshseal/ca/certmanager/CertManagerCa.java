package dev.meshseal.ca.certmanager;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.ca.CaException;
import dev.meshseal.ca.CertificateAuthority;
import dev.meshseal.ca.SecretReader;
import dev.meshseal.identity.DataplaneId;
import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.identity.IdentityForm;
import dev.meshseal.mesh.Backend;
import dev.meshseal.mesh.BackendConf;
import dev.meshseal.mesh.InvalidMeshException;
import dev.meshseal.x509.CertificateCheck;
import dev.meshseal.x509.CertificateCheckException;
import dev.meshseal.x509.CertificateName;
import dev.meshseal.x509.CertificateRequestSigner;
import dev.meshseal.x509.CryptoProvider;
import dev.meshseal.x509.Fingerprint;
import dev.meshseal.x509.IdentityCertificate;
import dev.meshseal.x509.InvalidPemException;
import dev.meshseal.x509.LeafRequest;
import dev.meshseal.x509.SigningRequest;
import dev.meshseal.x509.TrustBundle;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An authority behind a cert-manager issuer. Keys are made here and stay here; cert-manager sees
 * the requests to certify them. Opening and issuing block as cert-manager does; thread-safe.
 *
 * <p>Its roots are those of {@code conf.caCert}. Without one, the issuer is believed: the roots it
 * names with its first certificate, and others when it names others later.
 */
public final class CertManagerCa implements CertificateAuthority {
  /** Long enough for a place in cert-manager's own queue, at its usual seven a second. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(60);

  private static final Logger LOG = LoggerFactory.getLogger(CertManagerCa.class);
  private static final Duration SHORTEST_REST = Duration.ofMinutes(1);
  private static final Duration LONGEST_MARGIN = Duration.ofSeconds(30);
  private static final int ATTEMPTS = 2;

  private final BackendRef backend;
  private final BackendConf.CertManager conf;
  private final Duration timeout;
  private final CertificateRequests requests;
  private final CertificateRequestSigner signer;
  private final CertificateCheck check;
  private final InstantSource clock;
  private final IssuerWords issuer;
  private final IssuerRefusals issuerRefusals;
  private final Optional<CommonNameTemplate> commonName;
  private final Optional<TrustBundle> given;
  private final RememberedRoots remembered = new RememberedRoots();
  private volatile Optional<Instant> issuersEnd = Optional.empty();
  private volatile List<X509Certificate> intermediates = List.of();

  // What the issuer was found to lack when it was last looked at.
  private volatile Optional<String> waitsFor = Optional.empty();

  private CertManagerCa(
      BackendRef backend,
      Backend listed,
      BackendConf.CertManager conf,
      Optional<TrustBundle> given,
      CertificateRequests requests,
      CryptoProvider crypto,
      InstantSource clock) {
    this.backend = backend;
    this.conf = conf;
    this.timeout = listed.issueTimeout().orElse(DEFAULT_TIMEOUT);
    this.given = given;
    this.requests = requests;
    this.signer = new CertificateRequestSigner(conf.leafKey(), crypto);
    this.check = new CertificateCheck(crypto);
    this.clock = clock;
    this.issuer = new IssuerWords(conf.issuerRef(), requests.namespace());
    this.issuerRefusals = new IssuerRefusals(backend, issuer);
    this.commonName = conf.commonName().map(CommonNameTemplate::new);
  }

  /**
   * The authority of this issuer, once its root is known. Where the operator gave no root, that
   * takes an issuer that is Ready: one certificate is asked for to learn it.
   *
   * @throws InvalidMeshException if {@code conf.caCert} is not such; paths start at the backend
   * @throws CaException unavailable while no root is known and the issuer is not there or not
   *     Ready; rejected if no proxy could use what it issues
   */
  public static CertManagerCa open(
      BackendRef backend,
      Backend listed,
      BackendConf.CertManager conf,
      CertificateRequests requests,
      SecretReader secrets,
      CryptoProvider crypto,
      InstantSource clock) {
    var given = GivenRoots.read(backend, conf, secrets, clock.instant());
    var ca = new CertManagerCa(backend, listed, conf, given, requests, crypto, clock);
    if (given.isEmpty()) {
      ca.requireUsableIssuer();
      ca.learnRoots(listed.leafLifetime());
      return ca;
    }
    // What proxies hold under the given roots is verified whether the issuer is there or not.
    var refused = ca.refusal();
    if (refused.isPresent() && refused.get().kind() == CaException.Kind.REJECTED) {
      throw refused.get();
    }
    return ca;
  }

  private void requireUsableIssuer() {
    refusal()
        .ifPresent(
            refused -> {
              throw refused;
            });
  }

  /** Why the issuer cannot be asked now. */
  private Optional<CaException> refusal() {
    var refused = issuerRefusals.of(requests.issuer(backend, conf.issuerRef()));
    waitsFor = refused.map(CaException::getMessage);
    return refused;
  }

  private void learnRoots(Duration lifetime) {
    var identity =
        new DataplaneIdentity(
            new DataplaneId(backend.mesh(), "meshseal"),
            IdentityForm.SVID,
            List.of("spiffe://%s/meshseal".formatted(backend.trustDomain())));
    var name = commonName.map(template -> template.fillAll("meshseal"));
    var wanted = new LeafRequest(identity, lifetime, name, conf.dnsNames());
    ask(
        wanted,
        "did not learn its root by a certificate for '%s', which conf.caCert would spare"
            .formatted(identity.uris().getFirst()),
        () -> true);
    for (var root : remembered.current().roots()) {
      boolean isRoot = IssuedChain.isSelfIssued(root);
      LOG.atLevel(isRoot ? org.slf4j.event.Level.INFO : org.slf4j.event.Level.WARN)
          .addKeyValue("mesh", backend.mesh())
          .addKeyValue("backend", backend.name())
          .addKeyValue("root", CertificateName.subject(root))
          .addKeyValue("sha256", Fingerprint.of(root))
          .log(
              isRoot
                  ? "trusting the root that the issuer named with its first certificate"
                  : "trusting an intermediate, since the issuer names no root; give conf.caCert");
    }
  }

  @Override
  public TrustBundle trustBundle() {
    return given.orElseGet(remembered::current);
  }

  /** Those of the certificate that was issued last; the next may have others. */
  @Override
  public List<X509Certificate> intermediates() {
    var now = clock.instant();
    return intermediates.stream()
        .filter(one -> one.getNotAfter().toInstant().isAfter(now))
        .toList();
  }

  @Override
  public Optional<String> waitsFor() {
    return refusal().map(CaException::getMessage);
  }

  @Override
  public Optional<String> warning(Duration leafLifetime) {
    return waitsFor;
  }

  @Override
  public LeafRequest request(DataplaneIdentity identity, Duration lifetime) {
    return new LeafRequest(
        identity, lifetime, commonName.map(template -> template.fill(identity)), conf.dnsNames());
  }

  @Override
  public IdentityCertificate issue(DataplaneIdentity identity, Duration lifetime) {
    return issue(identity, lifetime, () -> true);
  }

  @Override
  public IdentityCertificate issue(
      DataplaneIdentity identity, Duration lifetime, BooleanSupplier wanted) {
    var who = "did not issue for data plane '%s'".formatted(identity.id());
    try {
      requireUsableIssuer();
      return ask(request(identity, lifetime), who, wanted);
    } catch (IllegalArgumentException oddName) {
      throw CaException.rejected(
          "%s %s: %s; change its tags".formatted(backend, who, oddName.getMessage()), oddName);
    }
  }

  /** Asks once, and once more where the first answer showed that something else is to be asked. */
  private IdentityCertificate ask(LeafRequest leaf, String who, BooleanSupplier wanted) {
    var refusals = new RequestRefusals(backend, issuer, who, leaf.identity().uris(), usages());
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      var asked = remembered.now();
      var turn = new Turn(leaf, who, wanted);
      var answer =
          switch (requests.issue(backend, turn, timeout)) {
            case Outcome.Issued issued -> read(issued, turn, refusals);
            case Outcome.NotIssued none -> throw refusals.of(none);
          };
      var outlives = answer.outlivesItsIssuers();
      issuersEnd = answer.chain().end(answer.roots());
      if (!(outlives && attempt < ATTEMPTS)
          && isAccepted(answer, turn.asked().orElse(leaf), asked, refusals)) {
        intermediates = answer.chain().intermediates();
        return answer.certificate();
      }
    }
    throw CaException.unavailable(
        "%s %s: %s changed its CA meanwhile; the next try follows by itself"
            .formatted(backend, who, issuer));
  }

  private List<String> usages() {
    return CertificateRequest.usages(conf.issuerRef().group());
  }

  // ---- what comes back

  /**
   * What an issuer gave, read and not yet believed.
   *
   * @param roots what it is to be verified with
   */
  private record Answer(IssuedChain chain, IdentityCertificate certificate, TrustBundle roots) {
    boolean outlivesItsIssuers() {
      return chain.end(roots).filter(end -> certificate.expiresAt().isAfter(end)).isPresent();
    }
  }

  private Answer read(Outcome.Issued issued, Turn turn, RequestRefusals refusals) {
    IssuedChain chain;
    try {
      chain = IssuedChain.read(issued.certificate());
    } catch (InvalidPemException garbage) {
      throw refusals.answered(
          "what is no certificate: it " + garbage.getMessage(),
          "look at the log of its controller");
    }
    var key = turn.key();
    if (key.isEmpty() || !key.get().isFor(chain.leaf())) {
      throw refusals.answered(
          "a certificate for another key than the one asked for",
          "have it sign the key of the request");
    }
    if (chain.isSelfSigned()) {
      throw issuerRefusals.selfSigned();
    }
    var roots = given.orElseGet(() -> named(issued, refusals));
    var signedBy = chain.issuer(roots).orElseGet(() -> roots.roots().getFirst());
    return new Answer(chain, key.get().certified(chain.certificates(), signedBy), roots);
  }

  private TrustBundle named(Outcome.Issued issued, RequestRefusals refusals) {
    var ca = issued.ca().filter(text -> !text.isBlank());
    if (ca.isEmpty()) {
      if (remembered.current().isEmpty()) {
        throw refusals.rejected(
            "%s does not say which root it has (status.ca is empty); give its root as conf.caCert"
                .formatted(issuer));
      }
      return remembered.current();
    }
    try {
      return IssuedChain.readAuthority(ca.get());
    } catch (InvalidPemException garbage) {
      throw refusals.answered(
          "a root (status.ca) that %s".formatted(garbage.getMessage()),
          "give its root as conf.caCert");
    }
  }

  /** Whether this is the answer; if not, it is to be asked again. */
  private boolean isAccepted(
      Answer answer, LeafRequest asked, RememberedRoots.Moment when, RequestRefusals refusals) {
    try {
      check.requireLeafFor(asked, answer.certificate(), answer.roots(), clock.instant());
    } catch (CertificateCheckException refused) {
      throw refusals.answered(
          "what must not be served: " + String.join("; ", refused.problems()),
          AnswerRefusal.remedy(refused.problems()));
    }
    if (given.isPresent()) {
      return true;
    }
    return switch (remembered.take(answer.roots(), when, clock.instant())) {
      case FIRST, KNOWN -> true;
      case CHANGED -> {
        said(answer.roots());
        yield true;
      }
      case OVERTAKEN -> false;
      case UNSTEADY ->
          throw refusals.rejected(
              "%s names another root with nearly every certificate; give the root that is right as conf.caCert"
                  .formatted(issuer));
    };
  }

  private void said(TrustBundle roots) {
    LOG.atInfo()
        .addKeyValue("mesh", backend.mesh())
        .addKeyValue("backend", backend.name())
        .addKeyValue("issuer", issuer)
        .addKeyValue("roots", roots.roots().stream().map(Fingerprint::of).toList())
        .log("the issuer names this root now; it is trusted beside the one before");
  }

  /** Makes the key and the request when the turn has come, not while it waits. */
  private final class Turn implements Supplier<CertificateRequest> {
    private final LeafRequest leaf;
    private final String who;
    private final BooleanSupplier wanted;
    private Optional<LeafRequest> asked = Optional.empty();
    private Optional<SigningRequest> key = Optional.empty();

    private Turn(LeafRequest leaf, String who, BooleanSupplier wanted) {
      this.leaf = leaf;
      this.who = who;
      this.wanted = wanted;
    }

    @Override
    public CertificateRequest get() {
      if (!wanted.getAsBoolean()) {
        throw CaException.unavailable(
            "%s %s: nobody waits for it any more".formatted(backend, who));
      }
      requireUsableIssuer();
      var now =
          new LeafRequest(
              leaf.identity(), lifetime(leaf.lifetime()), leaf.commonName(), leaf.dnsNames());
      var signed = signer.sign(now);
      asked = Optional.of(now);
      key = Optional.of(signed);
      return new CertificateRequest(
          backend, now.identity(), conf.issuerRef(), signed.csrPem(), now.lifetime(), usages());
    }

    Optional<LeafRequest> asked() {
      return asked;
    }

    Optional<SigningRequest> key() {
      return key;
    }
  }

  /**
   * cert-manager's CA issuer signs beyond its own end. An authority of which little is left may
   * have been renewed: it is asked for all, and its answer says.
   */
  private Duration lifetime(Duration wanted) {
    var rest = issuersEnd.map(end -> Duration.between(clock.instant(), end));
    if (rest.isEmpty() || rest.get().compareTo(SHORTEST_REST) < 0) {
      return wanted;
    }
    var quarter = rest.get().dividedBy(4);
    var margin = quarter.compareTo(LONGEST_MARGIN) < 0 ? quarter : LONGEST_MARGIN;
    var most = rest.get().minus(margin);
    return wanted.compareTo(most) < 0 ? wanted : most;
  }

  @Override
  public String toString() {
    return "authority of %s at %s".formatted(backend, issuer);
  }
}
